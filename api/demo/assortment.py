"""What the demo's vendor sells: made-up modules for WHMCS, in Turkish like the texts of any Turkish vendor."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from api.money import Currency


@dataclass(frozen=True, slots=True)
class Version:
    """A release: how many days ago it came out, and what it changed (Markdown)."""

    days_ago: int
    version: str
    changelog: str
    security: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """A module at its first, net prices, with its releases, oldest first."""

    slug: str
    name: str
    category: str
    summary: str
    description: str
    price: Decimal
    renewal: Decimal
    releases: tuple[Version, ...]
    currency: Currency = Currency.TRY


CATEGORIES = {
    "odeme": "Ödeme",
    "sms": "SMS ve Bildirim",
    "otomasyon": "Otomasyon",
    "alan-adi": "Alan Adı",
    "raporlama": "Raporlama",
    "guvenlik": "Güvenlik",
}


def _text(opening: str, *points: str) -> str:
    needs = "WHMCS 8.6 veya üstü, PHP 8.1 veya üstü. Lisans tek bir alan adında çalışır."
    listed = "\n".join(f"- {point}" for point in points)
    return f"{opening}\n\n## Neler yapar\n\n{listed}\n\n## Gereksinimler\n\n{needs}\n"


def _module(
    names: tuple[str, str, str], summary: str, description: str, prices: tuple[int, int], *releases: Version
) -> Module:
    category, slug, name = names
    net, renewal = (Decimal(price) for price in prices)
    return Module(slug, name, category, summary, description, net, renewal, releases)


MODULES: tuple[Module, ...] = (
    _module(
        ("odeme", "sanal-pos-koprusu", "Sanal POS Köprüsü"),
        "Banka sanal POS'larını tek ödeme ekranında toplar; taksit ve 3-D Secure içindedir.",
        _text(
            "Müşteriniz kartını yazar, köprü doğru bankayı seçer ve ödemeyi faturaya işler.",
            "Kartın bankasına göre **taksit tablosu**",
            "Banka yanıt vermezse yedek POS'a geçiş",
            "İade ve iptali yönetim panelinden yapma",
        ),
        (2400, 900),
        Version(728, "2.0.0", "- Taksit tablosu karta göre değişiyor\n- Yeni ödeme ekranı"),
        Version(511, "2.1.0", "- Yedek POS'a geçiş eklendi"),
        Version(236, "2.1.1", "- Geri dönüş adresinde imza denetimi sıkılaştırıldı", security=True),
        Version(38, "2.2.0", "- İade, kısmi tutarla yapılabiliyor\n- PHP 8.3 desteği"),
    ),
    _module(
        ("odeme", "havale-eslestirici", "Havale Eşleştirici"),
        "Banka hareketlerini açıklamasına göre faturalarla eşleştirir, onayınıza sunar.",
        _text(
            "Ekstre dosyasını yükleyin; her satırın yanında aday fatura belirir.",
            "Açıklamada fatura numarası arama",
            "Eksik ve fazla ödemeyi ayrı gösterme",
            "Onaysız hiçbir faturayı kapatmama",
        ),
        (1800, 700),
        Version(690, "1.0.0", "- İlk sürüm"),
        Version(402, "1.1.0", "- MT940 biçimi okunuyor"),
        Version(97, "1.2.0", "- Fazla ödeme müşterinin bakiyesine yazılabiliyor"),
    ),
    _module(
        ("sms", "sms-habercisi", "SMS Habercisi"),
        "Fatura, destek talebi ve hizmet olaylarını müşterinize kısa mesajla bildirir.",
        _text(
            "Her olay için metni siz yazarsınız; haberci kime, ne zaman gideceğini bilir.",
            "On iki olay için hazır Türkçe metin",
            "Gece saatlerinde bekletme",
            "İYS onayı olmayana ticari ileti göndermeme",
        ),
        (1500, 600),
        Version(701, "3.0.0", "- Metinlerde değişkenler\n- Sessiz saatler"),
        Version(333, "3.1.0", "- İYS sorgusu eklendi"),
        Version(61, "3.1.2", "- Uzun metinlerde ı ve ş harfleri bölünmüyor"),
    ),
    _module(
        ("sms", "dogrulama-kodu", "Doğrulama Kodu"),
        "Kayıt ve girişte telefonu tek kullanımlık kodla doğrular.",
        _text(
            "Sahte kayıtları azaltır, hesap çalınmasını zorlaştırır.",
            "Kodun süresini ve uzunluğunu belirleme",
            "Aynı numaraya saatlik sınır",
            "Yurt dışı numaralarını ülkeye göre kapatma",
        ),
        (1200, 500),
        Version(620, "1.3.0", "- Saatlik sınır"),
        Version(188, "1.3.1", "- Kod karşılaştırması sabit sürede yapılıyor", security=True),
        Version(44, "1.4.0", "- Ülkeye göre kapatma"),
    ),
    _module(
        ("otomasyon", "hizmet-orkestrasi", "Hizmet Orkestrası"),
        "Sipariş onaylanınca yapılacak işleri sıraya koyar ve izler.",
        _text(
            "Hesap açma, DNS yazma, karşılama iletisi: hepsi bir akışta.",
            "Sürükleyip bırakılan akış tasarımı",
            "Başarısız adımı yeniden deneme",
            "Her adımın kaydı",
        ),
        (4200, 1600),
        Version(715, "1.0.0", "- İlk sürüm"),
        Version(480, "1.2.0", "- Koşullu adımlar"),
        Version(150, "1.3.0", "- Akışlar dışa aktarılabiliyor"),
        Version(22, "1.3.1", "- Aynı anda başlayan iki akış birbirini beklemiyor"),
    ),
    _module(
        ("otomasyon", "askiya-alma-takvimi", "Askıya Alma Takvimi"),
        "Gecikmiş hizmetleri tatil ve hafta sonuna denk getirmeden askıya alır.",
        _text(
            "Müşteriniz ulaşamayacağınız bir günde hizmetsiz kalmaz.",
            "Resmî tatilleri bilme",
            "Gruba göre ek süre",
            "Askıdan önce son uyarı",
        ),
        (950, 400),
        Version(560, "1.1.0", "- Gruba göre ek süre"),
        Version(120, "1.2.0", "- 2027 tatilleri eklendi"),
    ),
    _module(
        ("alan-adi", "tr-alan-adi-kaydi", ".tr Alan Adı Kaydı"),
        "TRABİS kayıt kuruluşunuz üzerinden .tr alan adı kaydı, yenileme ve transfer.",
        _text(
            "Belgeli ve belgesiz uzantıları doğru bilgilerle, hata vermeden kaydeder.",
            "Türkçe karakterli alan adları",
            "Belge yükleme ve durumunu izleme",
            "Toplu yenileme",
        ),
        (3100, 1200),
        Version(722, "4.0.0", "- Yeni kayıt arayüzü"),
        Version(447, "4.1.0", "- Türkçe karakterli adlar"),
        Version(205, "4.2.0", "- Toplu yenileme"),
        Version(30, "4.2.1", "- Süresi dolan belgeler önceden bildiriliyor"),
    ),
    _module(
        ("alan-adi", "alan-adi-gozcusu", "Alan Adı Gözcüsü"),
        "Süresi dolacak ve ad sunucusu değişen alan adlarını her sabah bildirir.",
        _text(
            "Müşterinizin unuttuğu alan adını sizden önce kimse fark etmesin.",
            "WHOIS ve DNS denetimi",
            "Sabah özeti",
            "Değişiklik geçmişi",
        ),
        (1100, 450),
        Version(505, "1.0.0", "- İlk sürüm"),
        Version(73, "1.1.0", "- DNSSEC durumu da izleniyor"),
    ),
    _module(
        ("raporlama", "gelir-panosu", "Gelir Panosu"),
        "Aylık yinelenen geliri, kaybı ve alacakları tek sayfada gösterir.",
        _text(
            "Hangi ürün kazandırıyor, hangi müşteri gidiyor: sayılarla.",
            "Aylık yinelenen gelir ve kayıp oranı",
            "Yaşa göre alacaklar",
            "Tablo olarak dışa aktarma",
        ),
        (2700, 1000),
        Version(664, "2.0.0", "- Yeni grafikler"),
        Version(301, "2.1.0", "- Yaşa göre alacaklar"),
        Version(55, "2.2.0", "- Para birimine göre ayırma"),
    ),
    _module(
        ("raporlama", "fatura-yazici-kuyrugu", "Fatura Yazıcı Kuyruğu"),
        "Basılı fatura isteyen müşteriler için günlük yazdırma kuyruğu.",
        _text("Seçtiğiniz faturalar her sabah yazıcınızda.", "Gruba göre kuyruk", "Adres etiketi", "Yeniden yazdırma"),
        (600, 250),
        Version(650, "1.4.0", "- Adres etiketi"),
    ),
    _module(
        ("guvenlik", "giris-bekcisi", "Giriş Bekçisi"),
        "Yönetim ve müşteri girişlerini izler, alışılmadık olanı durdurur.",
        _text(
            "Çalınmış bir parola tek başına yetmez.",
            "Ülke ve ağ kuralları",
            "İki adımlı doğrulamayı gruba zorunlu kılma",
            "Olayların değiştirilemez kaydı",
        ),
        (1900, 800),
        Version(733, "1.0.0", "- İlk sürüm"),
        Version(390, "1.1.0", "- Ağ kuralları"),
        Version(165, "1.1.1", "- Oturum kimliği girişten sonra yenileniyor", security=True),
        Version(18, "1.2.0", "- Gruba göre zorunlu iki adım"),
    ),
    Module(
        "bulut-yedek",
        "Bulut Yedek",
        "guvenlik",
        "WHMCS veritabanını ve dosyalarını şifreleyip S3 uyumlu bir depoya yedekler.",
        _text(
            "Anahtar yalnız sizdedir; depo sahibi hiçbir şey okuyamaz.",
            "Artımlı yedek",
            "Geri yükleme provası",
            "Başarısız yedekte uyarı",
        ),
        Decimal(59),
        Decimal(24),
        (
            Version(588, "1.0.0", "- İlk sürüm"),
            Version(260, "1.1.0", "- Geri yükleme provası"),
            Version(12, "1.1.1", "- Büyük dosyalarda bellek kullanımı azaldı"),
        ),
        Currency.USD,
    ),
)
