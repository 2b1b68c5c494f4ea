<?php
/** What the PHP client makes of each case of clients/vectors.json: a JSON object of states by name. */
require __DIR__ . '/../../clients/php/RuhsatLicense.php';

$vectors = json_decode(file_get_contents(__DIR__ . '/../../clients/vectors.json'), true);
$file = $argv[1];
$states = [];
foreach ($vectors['cases'] as $case) {
    $license = new RuhsatLicense(
        $vectors['keys'], $case['key'], $case['domain'], $case['product'], '2.0.0', $file, 'http://127.0.0.1:9/graphql'
    );
    file_put_contents($file, json_encode(['lease' => $case['lease'], 'mark' => $case['high_water']]));
    $states[$case['name']] = $license->state($case['now']);
}
echo json_encode($states, JSON_UNESCAPED_UNICODE);
