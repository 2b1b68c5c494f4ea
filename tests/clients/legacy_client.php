<?php
/**
 * A module of the old protocol, for the tests: asks a server the way modules of WHMCS's licensing check do.
 *
 * Written from licensing.md 2, from nothing else. Standard input: JSON with base, key, domain, ip, dir, secret, and
 *   multipart      whether it is of the time before 2014: multipart/form-data, and deaf to HTTP codes
 *   json           whether its local key is JSON rather than PHP's serialization
 *   days, fails    for how many days the local key spares a check, and for how many more it stands in for the server
 *   local          the local key that it kept; empty at first
 *   today          its day, as YYYYMMDD
 * Prints JSON: status, message (when it made the status itself), asked (whether it asked the server), fields, local.
 */

/** The answer's tags; a value never holds a tag. */
function fields_of(string $body): array
{
    preg_match_all('/<(.*?)>([^<]+)<\/\1>/i', $body, $found);
    return array_combine($found[1], $found[2]);
}

function day_before(string $today, int $days): string
{
    return date('Ymd', strtotime("$today -$days days"));
}

/** The local key that keeps an answer. */
function wrapped(array $fields, array $own): string
{
    $kept = $fields + ['checkdate' => $own['today']];
    $data = base64_encode($own['json'] ? json_encode($kept) : serialize($kept));
    $data = strrev(md5($own['today'] . $own['secret']) . $data);
    return wordwrap($data . md5($data . $own['secret']), 80, "\n", true);
}

/** What a local key keeps, null for one that was not made with this secret. */
function unwrapped(array $own): ?array
{
    $text = str_replace("\n", '', $own['local']);
    $data = substr($text, 0, -32);
    if ($data === '' || md5($data . $own['secret']) !== substr($text, -32)) {
        return null;
    }
    $data = strrev($data);
    $body = base64_decode(substr($data, 32));
    $kept = $own['json'] ? json_decode($body, true) : unserialize($body, ['allowed_classes' => false]);
    return md5($kept['checkdate'] . $own['secret']) === substr($data, 0, 32) ? $kept : null;
}

/** Whether what is kept was given to this very place, within so many days. */
function stands(?array $kept, array $own, int $days): bool
{
    return $kept !== null && $kept['checkdate'] > day_before($own['today'], $days)
        && in_array($own['domain'], explode(',', $kept['validdomain'] ?? ''), true)
        && in_array($own['ip'], explode(',', $kept['validip'] ?? ''), true)
        && in_array($own['dir'], explode(',', $kept['validdirectory'] ?? ''), true);
}

/** The body of the server's answer; empty where it did not answer. */
function asked(array $own, string $token): string
{
    $form = ['licensekey' => $own['key'], 'domain' => $own['domain'], 'ip' => $own['ip'], 'dir' => $own['dir']];
    $form['check_token'] = $token;
    $encoded = '';
    foreach ($form as $name => $value) {
        $encoded .= $name . '=' . urlencode($value) . '&';
    }
    $curl = curl_init($own['base'] . 'modules/servers/licensing/verify.php');
    curl_setopt_array($curl, [
        CURLOPT_POST => true,
        // An array goes as multipart/form-data.
        CURLOPT_POSTFIELDS => $own['multipart'] ? $form : $encoded,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_RETURNTRANSFER => true,
    ]);
    $body = curl_exec($curl);
    $code = curl_getinfo($curl, CURLINFO_HTTP_CODE);
    return $body === false || ($code !== 200 && !$own['multipart']) ? '' : $body;
}

function checked(array $own): array
{
    $kept = $own['local'] === '' ? null : unwrapped($own);
    if (stands($kept, $own, $own['days'])) {
        return ['status' => $kept['status'], 'asked' => false, 'fields' => $kept, 'local' => $own['local']];
    }
    $token = time() . md5(random_int(1000000000, 2000000000) . $own['key']);
    $body = asked($own, $token);
    if ($body === '') {
        $stands = stands($kept, $own, $own['days'] + $own['fails']);
        return ['status' => $stands ? $kept['status'] : 'Invalid', 'message' => $stands ? '' : 'Remote Check Failed',
            'asked' => true, 'fields' => $stands ? $kept : [], 'local' => $own['local']];
    }
    $fields = fields_of($body);
    if (isset($fields['md5hash']) && $fields['md5hash'] !== md5($own['secret'] . $token)) {
        return ['status' => 'Invalid', 'message' => 'MD5 Checksum Verification Failed', 'asked' => true,
            'fields' => $fields, 'local' => ''];
    }
    $status = $fields['status'] ?? '';
    $local = $status === 'Active' ? wrapped($fields, $own) : '';
    return ['status' => $status, 'asked' => true, 'fields' => $fields, 'local' => $local];
}

echo json_encode(checked(json_decode(stream_get_contents(STDIN), true)), JSON_UNESCAPED_UNICODE);
