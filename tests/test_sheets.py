"""The invoice as PDF: what must stand on it, and that nothing a customer typed is more than text."""

from __future__ import annotations

import re
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from api.i18n import LANGUAGES, Language
from api.settings import ROOT
from api.sheets import invoice
from api.sheets.invoice import InvoiceSheet, Party, SheetLine, as_pdf

SELLER = Party(
    "Örnek Yazılım Ltd. Şti.",
    ("Çifte Havuzlar Mah. No: 151", "34220 Esenler / İstanbul"),
    "Davutpaşa",
    "1234567890",
    mersis="0123456789000015",
    trade_registry="987654-5",
    kep="ornek@hs01.kep.example.net",
    email="fatura@example.net",
    phone="0212 555 12 34",
    web="www.example.net",
)
COMPANY = Party(
    "Işıldayan Güneş Gıda A.Ş.",
    ("Bulvar No: 12/A", "06420 Çankaya / Ankara"),
    "Çankaya",
    "9876543217",
    email="muhasebe@example.net",
)
SOLE = Party("Ayşe Öztürk", ("35220 Konak / İzmir",), "Konak", "10000000146")
INDIVIDUAL = Party("Çağrı Işık", ("Kadıköy / İstanbul",))
MODULE = SheetLine("e-Fatura modülü, benim-uzun-alan-adim.com.tr", 1, 500000, 2000, 500000, 100000)
YEAR = SheetLine("Destek ve güncelleme yılı", 2, 123450, 2000, 246900, 49380)
BOOK = SheetLine("Basılı kılavuz", 1, 9999, 1000, 9999, 1000)
SHEET = InvoiceSheet(
    number="WTR2026000000042",
    kind="INVOICE",
    status="UNPAID",
    issued_at=datetime(2026, 11, 22, 21, 30, tzinfo=UTC),
    due_on=date(2026, 11, 30),
    currency="TRY",
    seller=SELLER,
    buyer=COMPANY,
    lines=(MODULE, YEAR, BOOK),
    net_minor=756899,
    tax_minor=150380,
    total_minor=907279,
    paid_minor=0,
    bank_accounts=(("Ziraat Bankası", "Örnek Yazılım", "TR330006100519786457841326"),),
    reference="WTR-42-7K",
    order_number="S-2026-117",
    notes=("Teşekkür ederiz.",),
)
IBAN = "TR33 0006 1005 1978 6457 8413 26"
HOSTILE = '#eval("1") *kalın* _eğik_ $x$ @ref // \\ {{7*7}} `raw` <label> #panic() \' -- ~ "tırnak"'


def pages(sheet: InvoiceSheet, language: Language = "tr") -> list[str]:
    """The text of each page, blanks as single ones."""
    reader = PdfReader(BytesIO(as_pdf(sheet, language)))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def pictures(sheet: InvoiceSheet) -> list[list[bytes]]:
    """Each page as rows of RGBA pixels, 36 dots an inch: 298 by 421."""
    made = invoice._compiler(sheet, "tr").compile(format="png", ppi=36)
    return [rows_of(png) for png in (made if isinstance(made, list) else [made])]


def rows_of(png: bytes) -> list[bytes]:
    """The rows of a picture of four bytes a pixel (PNG, 3rd edition, 9 and 10)."""
    width, _, depth, color = struct.unpack(">IIBB", png[16:26])
    assert (depth, color) == (8, 6)
    parts, place = b"", 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4])
        parts += png[place + 8 : place + 8 + size] if png[place + 4 : place + 8] == b"IDAT" else b""
        place += size + 12
    data, step = zlib.decompress(parts), width * 4
    rows = [bytes(step)]
    for start in range(0, len(data), step + 1):
        row, above = bytearray(data[start + 1 : start + 1 + step]), rows[-1]
        for i in range(step):
            left, up, corner = (row[i - 4], above[i], above[i - 4]) if i > 3 else (0, above[i], 0)
            row[i] = (row[i] + predicted(data[start], left, up, corner)) & 255
        rows.append(bytes(row))
    return rows[1:]


def predicted(kind: int, left: int, up: int, corner: int) -> int:
    """What a filter of PNG expects of a byte (9.2)."""
    middle = left + up - corner
    paeth = min((abs(middle - left), 0, left), (abs(middle - up), 1, up), (abs(middle - corner), 2, corner))[2]
    return (0, left, up, (left + up) // 2, paeth)[kind]


def test_a_turkish_invoice_bears_all_that_it_must() -> None:
    (text,) = pages(SHEET)
    for said in (
        "Fatura no", "WTR2026000000042", "23 Kasım 2026 00:30", "30 Kasım 2026", "S-2026-117", "TRY",
        "Örnek Yazılım Ltd. Şti.", "34220 Esenler / İstanbul", "Vergi dairesi Davutpaşa", "VKN 1234567890",
        "MERSİS no 0123456789000015", "Ticaret sicil no 987654-5", "KEP ornek@hs01.kep.example.net",
        "E-posta fatura@example.net", "Telefon 0212 555 12 34", "Web www.example.net",
        "Işıldayan Güneş Gıda A.Ş.", "06420 Çankaya / Ankara", "Vergi dairesi Çankaya", "VKN 9876543217",
        "Birim fiyat", "Destek ve güncelleme yılı 2 ₺1.234,50 %20 ₺493,80 ₺2.469,00",
        "KDV hariç toplam ₺7.568,99", "KDV %20 (matrah ₺7.469,00) ₺1.493,80", "KDV %10 (matrah ₺99,99) ₺10,00",
        "Genel toplam ₺9.072,79", "Yalnız dokuz bin yetmiş iki Türk lirası yetmiş dokuz kuruş",
        IBAN, "Açıklamaya yazın WTR-42-7K", "Satışın yapıldığı adres www.example.net", "Teşekkür ederiz.",
        "e-arşiv fatura yerine geçmez", "1/1",
    ):  # fmt: skip
        assert said in text, said


def test_the_english_sheet_says_the_same_in_english() -> None:
    (text,) = pages(SHEET, "en")
    for said in (
        "Invoice no.", "23 November 2026 00:30", "Tax office Davutpaşa", "VAT 20% (on", "7,469.00) ", "9,072.79",
        "seventy-nine kurus", "Payment reference WTR-42-7K", "not the e-archive invoice",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize(
    ("buyer", "said"),
    [
        (COMPANY, "VKN 9876543217"),
        (SOLE, "Vergi dairesi Konak TCKN 10000000146"),
        (INDIVIDUAL, "TCKN 11111111111"),
        (replace(COMPANY, tax_number="DE123456789"), "Vergi no DE123456789"),
        (replace(COMPANY, tax_number="123"), "Vergi no 123"),
    ],
)
def test_a_tax_number_is_named_by_its_kind_and_a_final_consumer_has_the_one_of_all(buyer: Party, said: str) -> None:
    assert said in pages(replace(SHEET, buyer=buyer))[0]


def test_a_seller_without_a_number_gets_none() -> None:
    assert "11111111111" not in pages(replace(SHEET, seller=INDIVIDUAL))[0]


@pytest.mark.parametrize(
    ("status", "mark"),
    [("PAID", "Ödendi"), ("OVERDUE", "Vadesi geçti"), ("CANCELLED", "İptal edildi"), ("REFUNDED", "İade edildi")],
)
def test_a_status_that_matters_is_written_at_the_head(status: str, mark: str) -> None:
    assert f"{mark} Fatura Fatura no" in pages(replace(SHEET, status=status))[0]
    assert mark not in pages(SHEET)[0]


@pytest.mark.parametrize("status", ["PAID", "CANCELLED", "REFUNDED"])
def test_nobody_is_asked_to_pay_what_is_not_owed(status: str) -> None:
    text = pages(replace(SHEET, status=status))[0]
    assert IBAN not in text
    assert "Açıklamaya yazın" not in text


def test_a_part_payment_leaves_a_balance_and_the_bank_account() -> None:
    text = pages(replace(SHEET, status="OVERDUE", paid_minor=307280))[0]
    assert "Ödenen ₺3.072,80 Kalan ₺5.999,99" in text
    assert IBAN in text


def test_a_paid_sale_on_the_internet_says_how_and_when() -> None:
    paid = replace(SHEET, status="PAID", paid_minor=907279, payment=("Havale/EFT", date(2026, 11, 24)))
    text = pages(paid)[0]
    assert "www.example.net Ödeme şekli Havale/EFT Ödeme tarihi 24 Kasım 2026" in text
    assert "Kalan" not in text


def test_a_credit_note_names_what_it_corrects_and_asks_for_nothing() -> None:
    note = replace(SHEET, kind="CREDIT_NOTE", status="PAID", number="WTI2026000000001", corrects="WTR2026000000042")
    text = pages(note)[0]
    assert "İade faturası" in text
    assert "Düzelttiği fatura" in text
    assert "WTR2026000000042" in text
    assert "Ödendi" not in text
    assert "Son ödeme günü" not in text
    assert IBAN not in text
    assert "İptal edildi İade faturası" in pages(replace(note, status="CANCELLED"))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_customer_typed_is_printed_and_never_run(language: Language) -> None:
    buyer = Party(HOSTILE, (HOSTILE, HOSTILE), HOSTILE, HOSTILE, email=HOSTILE, phone=HOSTILE)
    sheet = replace(SHEET, buyer=buyer, lines=(replace(MODULE, description=HOSTILE),), notes=(HOSTILE,))
    (text,) = pages(sheet, language)
    assert text.replace(" ", "").count(HOSTILE.replace(" ", "")) == 9
    assert "49" not in text.replace("₺", "")


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200f", "\u061c", "\x00", "\x1b", "\ud800", "\n"])
def test_letters_that_turn_or_hide_their_neighbors_are_left_out(letter: str) -> None:
    text = pages(replace(SHEET, buyer=replace(COMPANY, name=f"Ali{letter}fdp.exe")))[0]
    assert letter == "\n" or letter not in text
    assert re.search(r"Ali ?fdp\.exe 06420|Ali ?fdp\.exe Bulvar", text)


@pytest.mark.parametrize(
    "name",
    ["W" * 250, "Şirket-" * 35, "e\u0301" * 125, "مرحبا " * 40, "😀" * 100, "中" * 250],
    ids=["wide", "hyphens", "combining", "arabic", "emoji", "chinese"],
)
def test_a_name_of_250_characters_stays_on_the_paper(name: str) -> None:
    sheet = replace(
        SHEET,
        seller=replace(SELLER, name=name),
        buyer=replace(COMPANY, name=name, lines=(name,), email=f"{'x' * 64}@{'y' * 180}.net"),
        lines=(replace(MODULE, description=name), *(YEAR,) * 40),
        notes=(name,),
    )
    drawn = pictures(sheet)
    assert len(drawn) > 1
    for rows in drawn:
        assert (len(rows), len(rows[0])) == (421, 298 * 4)
        # Nothing in the outer half inch at the right and at the foot, nor at the left.
        assert {row[-18 * 4 :] for row in rows} == {b"\xff" * 18 * 4}
        assert {row[: 18 * 4] for row in rows} == {b"\xff" * 18 * 4}
        assert set(rows[-18:]) == {b"\xff" * 298 * 4}


def test_an_address_with_hyphens_is_not_torn() -> None:
    lines = tuple(replace(MODULE, description=f"{'x' * n} benim-uzun-alan-adim.com.tr") for n in range(1, 60))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(as_pdf(replace(SHEET, lines=lines), "tr"))).pages)
    assert text.count("benim-uzun-alan-adim.com.tr") == 59


def test_sixty_lines_repeat_their_head_and_number_their_pages() -> None:
    lines = tuple(replace(YEAR, description=f"Kalem {n}.") for n in range(1, 61))
    every = pages(replace(SHEET, lines=lines, status="CANCELLED"))
    assert len(every) == 3
    assert [f"{number}/3" in text for number, text in enumerate(every, 1)] == [True] * 3
    # The sums stand alone on the last.
    assert ["Hizmet Adet Birim fiyat" in text for text in every] == [True, True, False]
    assert [n for n in range(1, 61) if f"Kalem {n}. 2 ₺1.234,50" not in " ".join(every)] == []
    assert "Fatura WTR2026000000042 · İptal edildi" in every[1]
    assert "KDV %20 (matrah ₺148.140,00) ₺29.628,00" in every[2]
    assert len(pages(SHEET)) == 1


def test_the_largest_amounts_fit() -> None:
    line = SheetLine("En pahalısı", 100, 9_999_999_999, 2000, 999_999_999_900, 199_999_999_980)
    text = pages(replace(SHEET, lines=(line,), total_minor=1_199_999_999_880))[0]
    assert "En pahalısı 100 ₺99.999.999,99 %20 ₺1.999.999.999,80 ₺9.999.999.999,00" in text
    assert "Genel toplam ₺11.999.999.998,80" in text


@pytest.mark.parametrize("currency", ["TRY", "USD", "EUR"])
def test_letters_and_signs_come_from_the_fonts_that_typst_brings(currency: str) -> None:
    reader = PdfReader(BytesIO(as_pdf(replace(SHEET, currency=currency), "tr")))
    fonts = {
        font.get_object()["/BaseFont"].split("+")[-1].split("-")[0]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts - {"NewCMRoman10", "NewCM10"} == {"LibertinusSerif"}


def test_the_pdf_is_tagged_titled_and_the_same_each_time() -> None:
    made = as_pdf(SHEET, "tr")
    reader = PdfReader(BytesIO(made))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Fatura WTR2026000000042", SELLER.name)
    assert reader.metadata.creation_date == SHEET.issued_at
    assert reader.root_object["/Lang"] == "tr"
    assert reader.root_object["/MarkInfo"]["/Marked"].value
    assert as_pdf(SHEET, "tr") == made


def test_typst_has_nothing_to_complain_of() -> None:
    _, warnings = invoice._compiler(SHEET, "tr").compile_with_warnings(format="pdf")
    assert warnings == []


def test_many_threads_draw_at_once() -> None:
    sheets = [replace(SHEET, number=f"WTR{n:013}") for n in range(16)]
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda sheet: pages(sheet)[0], sheets))
    assert [sheet.number in text for sheet, text in zip(sheets, texts, strict=True)] == [True] * 16


def test_a_sheet_is_drawn_in_less_than_150_ms() -> None:
    as_pdf(SHEET, "tr")
    times = []
    for number in range(5):
        start = time.process_time()
        as_pdf(replace(SHEET, number=f"WTR{number:013}"), "tr")
        times.append(time.process_time() - start)
    assert min(times) < 0.15


def test_the_template_uses_every_label_and_is_installed_with_the_program() -> None:
    template = invoice.TEMPLATE.read_text("utf-8")
    assert [name for name in invoice._LABELS if f"label.{name}" not in template and f'"{name}"' not in template] == []
    assert '"sheets/*.typ"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "eval(" not in template
