<?php
/**
 * Does with the PHP client of leases what standard input says: {"given": [constructor's arguments],
 * "calls": [[method, argument...], ...]}. Prints what each call answered, as JSON.
 */
require __DIR__ . '/../../clients/php/RuhsatLicense.php';

$wanted = json_decode(stream_get_contents(STDIN), true);
$license = new RuhsatLicense(...$wanted['given']);
$answers = [];
foreach ($wanted['calls'] as $call) {
    $method = array_shift($call);
    $answers[] = $license->$method(...$call);
}
echo json_encode($answers, JSON_UNESCAPED_UNICODE);
