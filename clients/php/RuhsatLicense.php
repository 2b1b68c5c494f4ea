<?php
/**
 * Asks a Ruhsat license server about one license, and decides on what it signed: copy this file into your module.
 *
 * PHP 7.4 or later with sodium and curl, nothing else. clients/README.md says how to use it in ten minutes.
 *
 *  - state(), runs() and the rest that only looks read the cache: call them while a page is rendered.
 *  - refresh() asks the server, in 5 seconds at most: call it from cron or a queue, when due() says so.
 *  - install() takes a lease that the owner downloaded for a machine without a network.
 *
 * Every method that looks at the clock takes an instant (seconds since 1970) instead, for your tests.
 */
final class RuhsatLicense
{
    /** The lease is good. */
    const VALID = 'VALID';
    /** The lease has run out, and the server could not be asked since; the module still runs. */
    const GRACE = 'GRACE';
    /** The lease and its grace have run out. */
    const EXPIRED = 'EXPIRED';
    /** The lease begins later than now. */
    const NOT_YET_VALID = 'NOT_YET_VALID';
    /** The machine's clock is more than 48 hours behind what the server signed already. */
    const CLOCK_SKEW = 'CLOCK_SKEW';
    /** The lease is of another license key. */
    const WRONG_KEY = 'WRONG_KEY';
    /** The lease is of another product. */
    const WRONG_PRODUCT = 'WRONG_PRODUCT';
    /** The lease is of another domain. */
    const WRONG_DOMAIN = 'WRONG_DOMAIN';
    /** No key that you pinned signed this text. */
    const UNTRUSTED = 'UNTRUSTED';
    /** The server said no; refusal() tells why. */
    const REFUSED = 'REFUSED';
    /** Nothing is known yet. */
    const NONE = 'NONE';

    const CONNECT_MS = 2000;
    const TOTAL_MS = 5000;
    /** A lease as old as this is renewed, in seconds. */
    const RENEW_AFTER = 86400;
    /** An attempt that brought no lease is not repeated before so many seconds. */
    const RETRY_AFTER = 900;
    /** How far the clock may be behind, in seconds. */
    const SKEW = 172800;
    const LARGEST_ANSWER = 65536;
    /** Letters by byte: strtolower() and strtoupper() go by the machine's language before PHP 8.2. */
    const LOWER = 'abcdefghijklmnopqrstuvwxyz';
    const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

    const DIGITS = self::LOWER . '0123456789';

    const PREFIX = 'RL1';
    const CONTEXT = "ruhsat-lease-1\n";
    const QUESTION = 'mutation Check($input: ValidateLicenseInput!) {'
        . ' validateLicense(input: $input) { valid code message nonce lease } }';

    /** @var array<string, string> kid => public key, in Base64url */
    private $pinned;
    /** @var string */
    private $key;
    /** @var string */
    private $domain;
    /** @var string */
    private $product;
    /** @var string */
    private $version;
    /** @var string */
    private $file;
    /** @var string */
    private $endpoint;
    /** @var string|null */
    private $problem = null;

    /**
     * @param array<string, string> $pinned   the server's public keys: kid => key, from /.well-known/license-keys.json
     * @param string                $key      the license key that your customer typed
     * @param string                $domain   the domain the module runs on; a web address will do
     * @param string                $product  your product's short name on the server
     * @param string                $version  the version of this module, such as 2.1.0
     * @param string                $file     the cache: outside of the web root, writable by cron and by the web server
     * @param string                $endpoint https://.../graphql
     */
    public function __construct(
        array $pinned,
        string $key,
        string $domain,
        string $product,
        string $version,
        string $file,
        string $endpoint
    ) {
        $this->pinned = $pinned;
        $this->key = trim($key);
        $this->domain = trim($domain);
        $this->product = $product;
        $this->version = $version;
        $this->file = $file;
        $this->endpoint = $endpoint;
    }

    /** One of the constants above, from the cache alone. */
    public function state(?int $now = null): string
    {
        $cache = $this->read();
        if ($cache['lease'] === null) {
            return $cache['refusal'] === null ? self::NONE : self::REFUSED;
        }
        return $this->judge($cache['lease'], $cache['mark'], $now ?? time());
    }

    /** Whether the module may run. */
    public function runs(?int $now = null): bool
    {
        return in_array($this->state($now), [self::VALID, self::GRACE], true);
    }

    /** Whether refresh() should be called: the lease is a day old, or the last attempt brought none. */
    public function due(?int $now = null): bool
    {
        $now = $now ?? time();
        $cache = $this->read();
        if ($cache['tried'] <= $now && $now - $cache['tried'] < self::RETRY_AFTER) {
            return false;
        }
        $lease = $this->ours();
        return $lease === null || $now - $lease['iat'] >= self::RENEW_AFTER
            || $now < max($cache['mark'], $lease['iat']) - self::SKEW;
    }

    /**
     * Ask the server and keep what it says; answers the state after that.
     *
     * A refusal takes the lease away. No answer in time, an error of the server or an answer that cannot be trusted
     * takes nothing away: problem() says what it was.
     */
    public function refresh(?int $now = null): string
    {
        $now = $now ?? time();
        $this->problem = null;
        $nonce = bin2hex(random_bytes(16));
        $answer = $this->asked($nonce);
        $cache = $this->read();
        $cache['tried'] = $now;
        if ($answer !== null && ($answer['nonce'] ?? null) !== $nonce) {
            $this->problem = 'the answer is not to this question';
        } elseif ($answer !== null && $answer['valid'] === false) {
            $cache['lease'] = null;
            $cache['refusal'] = [
                'code' => is_string($answer['code'] ?? null) ? $answer['code'] : '',
                'message' => is_string($answer['message'] ?? null) ? $answer['message'] : '',
            ];
        } elseif ($answer !== null) {
            $cache = $this->taken($cache, $answer['lease'] ?? null, $nonce);
        }
        $this->write($cache);
        return $this->state($now);
    }

    /** Keep a downloaded lease if it is good for this key, product and domain now; answers its state. */
    public function install(string $lease, ?int $now = null): string
    {
        $now = $now ?? time();
        $this->problem = null;
        $lease = trim($lease);
        $cache = $this->read();
        $state = $this->judge($lease, $cache['mark'], $now);
        if ($state !== self::VALID && $state !== self::GRACE) {
            $this->problem = "the lease is not good here: $state";
            return $state;
        }
        $this->write($this->taken($cache, $lease, null));
        return $this->state($now);
    }

    /** Why the last refresh() or install() brought nothing, for your log; null when it did what it should. */
    public function problem(): ?string
    {
        return $this->problem;
    }

    /**
     * What the server said when it refused.
     *
     * @return array{code: string, message: string}|null
     */
    public function refusal(): ?array
    {
        return $this->read()['refusal'];
    }

    /** The last day on which releases are covered, as YYYY-MM-DD; null when unknown. */
    public function supportUntil(): ?string
    {
        return $this->told('sup');
    }

    /** The newest version that this license's support covers; null when unknown. */
    public function latestVersion(): ?string
    {
        return $this->told('ver');
    }

    /** The instant after which the module stops unless the server is reached, grace included; null without a lease. */
    public function runsUntil(): ?int
    {
        $lease = $this->ours();
        return $lease === null ? null : $lease['exp'] + $lease['gr'];
    }

    /**
     * A host as it is compared: lower case, without scheme, path, port and trailing dots, letters beyond ASCII as
     * A-labels (RFC 5890). Capitals beyond ASCII are lowered where Turkish has them; give others in lower case.
     */
    public static function host(string $domain): string
    {
        $host = preg_replace('~^[a-z][a-z0-9+.-]*://~i', '', trim($domain));
        $host = preg_replace('~[/?#].*$~s', '', $host);
        $host = rtrim(preg_replace('~:[0-9]*$~', '', $host), '.');
        $host = strtr(strtr($host, self::UPPER, self::LOWER), [
            'Ç' => 'ç', 'Ğ' => 'ğ', 'İ' => 'i', 'Ö' => 'ö', 'Ş' => 'ş', 'Ü' => 'ü', 'Â' => 'â', 'Î' => 'î', 'Û' => 'û',
            "c\u{327}" => 'ç', "g\u{306}" => 'ğ', "i\u{307}" => 'i', "o\u{308}" => 'ö', "s\u{327}" => 'ş',
            "u\u{308}" => 'ü',
        ]);
        return implode('.', array_map([self::class, 'label'], explode('.', $host)));
    }

    private static function label(string $label): string
    {
        return preg_match('/[^\x00-\x7f]/', $label) ? 'xn--' . self::punycode($label) : $label;
    }

    /** RFC 3492, with the parameters of section 5. */
    private static function punycode(string $label): string
    {
        $points = [];
        foreach (preg_split('//u', $label, -1, PREG_SPLIT_NO_EMPTY) ?: [] as $letter) {
            $points[] = self::point($letter);
        }
        $out = preg_replace('/[^\x00-\x7f]/', '', $label);
        $basic = $done = strlen($out);
        $out .= $basic > 0 ? '-' : '';
        $from = 128;
        $delta = 0;
        $bias = 72;
        while ($done < count($points)) {
            $next = min(array_filter($points, static function (int $point) use ($from): bool {
                return $point >= $from;
            }));
            $delta += ($next - $from) * ($done + 1);
            $from = $next;
            foreach ($points as $point) {
                $delta += $point < $from ? 1 : 0;
                if ($point === $from) {
                    $out .= self::digits($delta, $bias);
                    $bias = self::adapted($delta, $done + 1, $done === $basic);
                    $delta = 0;
                    $done++;
                }
            }
            $delta++;
            $from++;
        }
        return $out;
    }

    /** The number of a letter in UTF-8. */
    private static function point(string $letter): int
    {
        $length = strlen($letter);
        $point = ord($letter[0]) & ($length === 1 ? 0x7f : 0xff >> ($length + 1));
        for ($i = 1; $i < $length; $i++) {
            $point = $point << 6 | ord($letter[$i]) & 0x3f;
        }
        return $point;
    }

    private static function digits(int $value, int $bias): string
    {
        $out = '';
        for ($k = 36; ; $k += 36) {
            $threshold = max(1, min(26, $k - $bias));
            if ($value < $threshold) {
                return $out . self::DIGITS[$value];
            }
            $value -= $threshold;
            $out .= self::DIGITS[$threshold + $value % (36 - $threshold)];
            $value = intdiv($value, 36 - $threshold);
        }
    }

    private static function adapted(int $delta, int $count, bool $first): int
    {
        $delta = intdiv($delta, $first ? 700 : 2);
        $delta += intdiv($delta, $count);
        for ($k = 0; $delta > 455; $k += 36) {
            $delta = intdiv($delta, 35);
        }
        return $k + intdiv(36 * $delta, $delta + 38);
    }

    /** What a text says that one of the pinned keys signed; null for any other text. */
    private function opened(string $text): ?array
    {
        $parts = explode('.', $text);
        if (count($parts) !== 4 || $parts[0] !== self::PREFIX || !isset($this->pinned[$parts[1]])) {
            return null;
        }
        $public = self::bytes($this->pinned[$parts[1]]);
        $payload = self::bytes($parts[2]);
        $signature = self::bytes($parts[3]);
        if ($public === null || $payload === null || $signature === null
            || strlen($public) !== SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES || strlen($signature) !== SODIUM_CRYPTO_SIGN_BYTES
            || !sodium_crypto_sign_verify_detached($signature, self::CONTEXT . "$parts[1].$parts[2]", $public)
        ) {
            return null;
        }
        $lease = json_decode($payload, true);
        if (!is_array($lease) || ($lease['v'] ?? null) !== 1 || !is_array($lease['dom'] ?? null)) {
            return null;
        }
        foreach (['iat', 'nbf', 'exp', 'gr'] as $name) {
            if (!is_int($lease[$name] ?? null)) {
                return null;
            }
        }
        foreach (['kh', 'prd'] as $name) {
            if (!is_string($lease[$name] ?? null)) {
                return null;
            }
        }
        return $lease;
    }

    private static function bytes(string $text): ?string
    {
        try {
            return sodium_base642bin($text, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING);
        } catch (SodiumException $error) {
            return null;
        }
    }

    /** The state that a lease has at an instant, the largest signed instant seen so far being known. */
    private function judge(string $text, int $mark, int $now): string
    {
        $lease = $this->opened($text);
        if ($lease === null) {
            return self::UNTRUSTED;
        }
        $foreign = $this->foreign($lease);
        if ($foreign !== null) {
            return $foreign;
        }
        if ($now < max($mark, $lease['iat']) - self::SKEW) {
            return self::CLOCK_SKEW;
        }
        // What was signed has been: a clock that is a little behind neither stops the module nor prolongs a lease.
        $now = max($now, $mark);
        if ($now < $lease['nbf']) {
            return self::NOT_YET_VALID;
        }
        if ($now <= $lease['exp']) {
            return self::VALID;
        }
        return $now <= $lease['exp'] + $lease['gr'] ? self::GRACE : self::EXPIRED;
    }

    /** What a signed lease is of, if not of this key, product and domain. */
    private function foreign(array $lease): ?string
    {
        $hashes = [self::hash($this->key), self::hash(strtr($this->key, self::LOWER, self::UPPER))];
        if (!in_array($lease['kh'], $hashes, true)) {
            return self::WRONG_KEY;
        }
        if ($lease['prd'] !== $this->product) {
            return self::WRONG_PRODUCT;
        }
        // Both spellings, with and without www., are listed.
        return in_array(self::host($this->domain), $lease['dom'], true) ? null : self::WRONG_DOMAIN;
    }

    private static function hash(string $key): string
    {
        return substr(hash('sha256', $key), 0, 16);
    }

    /** The lease in the cache if it is signed and of this key, product and domain, whatever the time. */
    private function ours(): ?array
    {
        $text = $this->read()['lease'];
        $lease = $text === null ? null : $this->opened($text);
        return $lease !== null && $this->foreign($lease) === null ? $lease : null;
    }

    private function told(string $name): ?string
    {
        $lease = $this->ours();
        return $lease !== null && is_string($lease[$name] ?? null) ? $lease[$name] : null;
    }

    /** The cache with a lease in it that is ours; as it was, and a problem, for any other text. */
    private function taken(array $cache, $text, ?string $nonce): array
    {
        $lease = is_string($text) ? $this->opened($text) : null;
        if ($lease === null) {
            $this->problem = 'the lease is not signed by a pinned key';
        } elseif ($this->foreign($lease) !== null) {
            $this->problem = 'the lease is not for this module: ' . $this->foreign($lease);
        } elseif ($nonce !== null && ($lease['non'] ?? null) !== $nonce) {
            $this->problem = 'the lease is not of this answer';
        } else {
            $cache['lease'] = $text;
            $cache['refusal'] = null;
            // A lease with our nonce was signed just now, so that a mark beyond it was wrong.
            $cache['mark'] = $nonce === null ? max($cache['mark'], $lease['iat']) : $lease['iat'];
        }
        return $cache;
    }

    /** The server's answer, with a boolean `valid`; null and a problem for anything else. */
    private function asked(string $nonce): ?array
    {
        $input = ['key' => $this->key, 'domain' => $this->domain, 'product' => $this->product];
        $input += ['version' => $this->version, 'nonce' => $nonce];
        $question = json_encode(
            ['query' => self::QUESTION, 'variables' => ['input' => $input]],
            JSON_INVALID_UTF8_SUBSTITUTE
        );
        $body = '';
        $curl = curl_init($this->endpoint);
        curl_setopt_array($curl, [
            CURLOPT_POSTFIELDS => $question,
            CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Accept: application/json', 'Expect:'],
            CURLOPT_CONNECTTIMEOUT_MS => self::CONNECT_MS,
            CURLOPT_TIMEOUT_MS => self::TOTAL_MS,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTPS | CURLPROTO_HTTP,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_WRITEFUNCTION => static function ($curl, string $part) use (&$body): int {
                $body .= $part;
                // Another number than the part's length ends the transfer.
                return strlen($body) > self::LARGEST_ANSWER ? 0 : strlen($part);
            },
        ]);
        $came = curl_exec($curl);
        $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        $error = curl_error($curl);
        unset($curl);
        if ($came === false || $status !== 200) {
            $this->problem = $came === false ? "no answer: $error" : "no answer: HTTP $status";
            return null;
        }
        $answer = json_decode($body, true)['data']['validateLicense'] ?? null;
        if (!is_array($answer) || !is_bool($answer['valid'] ?? null)) {
            $this->problem = 'not an answer of a license server';
            return null;
        }
        return $answer;
    }

    /**
     * The cache, empty where there is none that can be read.
     *
     * @return array{lease: string|null, mark: int, tried: int, refusal: array{code: string, message: string}|null}
     */
    private function read(): array
    {
        $text = is_file($this->file) ? @file_get_contents($this->file) : false;
        $found = $text === false ? null : json_decode($text, true);
        $found = is_array($found) ? $found : [];
        $refusal = $found['refusal'] ?? null;
        $told = is_array($refusal) && is_string($refusal['code'] ?? null) && is_string($refusal['message'] ?? null);
        return [
            'lease' => is_string($found['lease'] ?? null) ? $found['lease'] : null,
            'mark' => is_int($found['mark'] ?? null) ? $found['mark'] : 0,
            'tried' => is_int($found['tried'] ?? null) ? $found['tried'] : 0,
            'refusal' => $told ? ['code' => $refusal['code'], 'message' => $refusal['message']] : null,
        ];
    }

    /** Replace the cache in one step, readable by this user alone. */
    private function write(array $cache): void
    {
        $fresh = $this->file . '.' . bin2hex(random_bytes(6));
        $text = json_encode($cache, JSON_INVALID_UTF8_SUBSTITUTE);
        $file = @fopen($fresh, 'xb');
        $written = $file !== false && chmod($fresh, 0600) && fwrite($file, $text) === strlen($text) && fflush($file);
        if ($file !== false) {
            fclose($file);
        }
        if (!$written || !@rename($fresh, $this->file)) {
            @unlink($fresh);
            $this->problem = "the cache cannot be written: {$this->file}";
        }
    }
}
