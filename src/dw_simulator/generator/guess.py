"""What a column's name says about its values where the schema gives no rule: a table of names for each kind of type.

A row's names match the end of the column's name, in snake case or written together: ``email`` matches ``email``,
``contact_email``, ``contactEmail`` and ``contactemail``. The first row that matches wins. The table's own name in front
is ignored (``venuecity`` in table ``venue`` is ``city``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from dw_simulator.schema.distributions import Distribution, Exponential, LogNormal, Normal
from dw_simulator.schema.model import Column, DataType

FIRST_DAY = dt.date(2020, 1, 1)
LAST_DAY = dt.date(2025, 12, 31)
"""Dates and timestamps without bounds lie in this window: fixed, because a seed must give the same data next year."""


@dataclass(frozen=True)
class Guess:
    """What to generate. ``known`` is False if the name said nothing and these are only the defaults of the type."""

    known: bool = False
    rule: str | None = None
    """text: a rule name with its argument"""
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    """floats: digits after the point"""
    distribution: Distribution | None = None
    flexible: bool = False
    """numbers: a key over several columns may choose how many there are"""
    share_true: float = 0.5
    start: dt.date = FIRST_DAY
    end: dt.date = LAST_DAY


# --- text -----------------------------------------------------------------------------------------------
_GENDER = "choice:female=49,male=49,other=2"
_TEXT_NAMES: list[tuple[str, str]] = [
    ("email email_address e_mail mail", "email"),
    ("username user_name login login_name nickname screen_name handle", "username"),
    ("first_name given_name forename fname middle_name", "first_name"),
    ("last_name surname family_name lname maiden_name", "last_name"),
    (
        "company company_name organization organisation organization_name employer vendor vendor_name supplier "
        "supplier_name manufacturer merchant business_name account_name store_name shop_name",
        "company",
    ),
    ("event_name", "catch_phrase"),
    ("venue_name", "company"),
    ("city_name city town municipality", "city"),
    ("country_code country_iso nationality_code", "country_code"),
    ("country_name country nation nationality", "country"),
    ("continent", "continent"),
    ("state_code state_abbr province_code", "state_abbr"),
    ("state_name state province", "state"),
    ("county", "last_name"),
    ("region market territory", "region"),
    ("domain_name domain host hostname server", "domain_name"),
    ("file_name filename file_path", "file_name"),
    ("product_name item_name product item", "product_name"),
    ("category_name category_group cat_name category cat_group product_type", "category"),
    ("department_name department dept", "department"),
    ("brand_name brand", "brand"),
    (
        "full_name customer_name contact_name employee_name person_name author owner manager assigned_to created_by "
        "updated_by modified_by customer contact seller buyer sales_rep",
        "name",
    ),
    ("phone phone_number telephone mobile cell fax tel phone_no", "phone_number"),
    ("address_line_2 address2 address_2 apartment suite street_2", "secondary_address"),
    ("street_address address_line_1 address1 address_1 street addr_line street1", "street_address"),
    ("address addr", "address"),
    ("zip zip_code zipcode postal_code postcode postal", "zipcode"),
    ("iata_code airport_code", "pattern:???"),
    ("locale", "locale"),
    ("language_code lang", "language_code"),
    ("language", "language"),
    ("timezone time_zone tz", "timezone"),
    ("currency_code currency ccy", "currency_code"),
    ("job_title job occupation profession position", "job"),
    ("industry sector", "industry"),
    ("ip_address ip ipv4 ip_addr client_ip", "ipv4"),
    ("ipv6", "ipv6"),
    ("mac_address mac", "mac_address"),
    ("user_agent browser agent", "user_agent"),
    ("url uri website web_site link homepage href image_url page", "url"),
    ("slug", "slug"),
    ("uuid guid", "uuid"),
    ("password_hash checksum hash digest sha256 md5 etag", "hash"),
    ("token api_key session_id secret", "token"),
    ("sku item_code product_code", "sku"),
    ("upc ean barcode gtin", "ean13"),
    ("isbn", "isbn13"),
    ("iban", "iban"),
    ("credit_card card_number credit_card_number cc_number", "credit_card_number"),
    ("ssn social_security_number tax_id national_id", "ssn"),
    ("license_plate plate vin", "license_plate"),
    ("color colour", "color"),
    ("gender sex", _GENDER),
    ("marital_status", "choice:single=35,married=45,divorced=14,widowed=6"),
    ("order_status", "choice:pending=10,processing=10,shipped=20,delivered=50,cancelled=7,returned=3"),
    ("payment_status", "choice:paid=80,pending=12,failed=5,refunded=3"),
    ("payment_method payment_type pay_method", "choice:credit_card=45,debit_card=25,paypal=15,bank_transfer=10,cash=5"),
    ("status state_flag", "choice:active=70,inactive=15,pending=10,closed=5"),
    ("priority severity", "choice:low=30,medium=45,high=20,critical=5"),
    ("tier level plan membership loyalty_tier", "choice:basic=50,silver=25,gold=18,platinum=7"),
    ("segment", "choice:consumer=50,corporate=30,home office=20"),
    ("channel source medium utm_source", "choice:web=45,mobile=30,store=15,partner=10"),
    ("device device_type platform", "choice:desktop=45,mobile=45,tablet=10"),
    ("os operating_system", "choice:Windows=40,macOS=15,Linux=5,iOS=18,Android=22"),
    ("size", "choice:S=20,M=35,L=30,XL=15"),
    ("unit uom unit_of_measure", "choice:each=60,box=20,kg=10,litre=10"),
    ("ship_mode shipping_method ship_method carrier", "choice:standard=55,express=25,overnight=8,pickup=12"),
    ("event_type action activity event", "choice:view=50,click=25,add_to_cart=12,purchase=6,signup=4,logout=3"),
    ("mime_type content_type media_type", "mime_type"),
    ("quarter_name quarter qtr", "quarter"),
    ("month_name month mon", "month_name"),
    ("day_name weekday day_of_week dow day", "day_name"),
    ("year", "year"),
    ("semester", "choice:spring=50,fall=50"),
    ("version", "version"),
    ("yes_no flag indicator ind", "choice:Y=50,N=50"),
    ("title headline subject heading", "sentence"),
    ("description desc summary abstract", "sentence"),
    (
        "comment comments note notes remark remarks review body text message content bio about feedback reason",
        "paragraph",
    ),
    ("keyword keywords tag tags word", "word"),
    ("latitude longitude", "coordinate"),
    ("code", "code"),
    ("number no num reference ref reference_number", "pattern:##########"),
    ("type kind class", "choice:standard=60,premium=25,trial=10,internal=5"),
    ("group", "category"),
    ("name label display_name", "name_of_thing"),
]

# --- numbers: names, lowest, highest, digits after the point (floats), distribution ---------------------------------
_POSITIONS = "line_number line_no line_item_number item_no position rank sequence seq sort_order"
_PRICE = LogNormal(mu=3.4, sigma=0.9)
_NUMBER_NAMES: list[tuple[str, float, float, int | None, Distribution | None]] = [
    ("latitude lat", -90, 90, 6, None),
    ("longitude lng lon long", -180, 180, 6, None),
    ("unit_price list_price sale_price retail_price price price_per_ticket msrp", 0.5, 2500, 2, _PRICE),
    ("unit_cost cost", 0.2, 2000, 2, LogNormal(mu=3.0, sigma=0.9)),
    ("shipping freight shipping_cost delivery_fee", 0, 150, 2, Exponential(scale=12)),
    ("salary wage income annual_salary compensation", 18_000, 400_000, 0, LogNormal(mu=11.0, sigma=0.4)),
    ("balance account_balance", -5_000, 100_000, 2, None),
    ("credit_limit limit", 500, 50_000, 0, None),
    ("revenue sales turnover gross net budget", 0, 1_000_000, 2, LogNormal(mu=8.0, sigma=1.3)),
    ("profit margin_amount", -10_000, 100_000, 2, None),
    ("discount_pct discount_percent discount_rate discount", 0, 0.5, 4, None),
    ("tax_rate vat_rate", 0, 0.25, 4, None),
    (
        "amount total subtotal sub_total grand_total total_price order_total price_paid paid payment value spend "
        "charge fee commission tax vat tip refund fare",
        0.5,
        10_000,
        2,
        LogNormal(mu=4.2, sigma=1.0),
    ),
    ("percentage percent pct", 0, 100, 2, None),
    ("ratio rate share probability fraction confidence", 0, 1, 4, None),
    ("qty quantity units qty_sold num_tickets tickets items item_count", 1, 20, None, Exponential(scale=4)),
    ("stock on_hand inventory in_stock stock_quantity", 0, 1_000, None, None),
    ("capacity seats venue_seats", 10, 80_000, None, None),
    ("rating stars star_rating", 1, 5, 1, None),
    ("score credit_score points", 0, 100, 1, Normal(mean=62, stddev=18)),
    ("age", 18, 95, None, Normal(mean=43, stddev=16)),
    ("fiscal_year birth_year year yr", 2015, 2025, None, None),
    ("quarter qtr", 1, 4, None, None),
    ("month_number month mon month_of_year", 1, 12, None, None),
    ("week week_number week_of_year", 1, 53, None, None),
    ("day_of_week weekday dow", 1, 7, None, None),
    ("day_of_year", 1, 366, None, None),
    ("day day_of_month", 1, 31, None, None),
    ("hour", 0, 23, None, None),
    ("minute second", 0, 59, None, None),
    ("weight weight_kg", 0.05, 200, 2, LogNormal(mu=1.0, sigma=1.0)),
    ("height width length depth", 1, 250, 1, None),
    ("temperature temp", -20, 40, 1, Normal(mean=14, stddev=9)),
    ("humidity", 0, 100, 1, None),
    ("duration_seconds duration duration_ms elapsed latency response_time", 1, 7_200, 1, Exponential(scale=300)),
    ("distance distance_km distance_miles miles", 0.1, 2_000, 1, Exponential(scale=40)),
    ("file_size bytes size_bytes", 100, 50_000_000, None, LogNormal(mu=10, sigma=2)),
    (_POSITIONS, 1, 100, None, None),
    ("http_status status_code response_code", 200, 504, None, None),
    ("port", 1_024, 65_535, None, None),
    ("version revision", 1, 20, None, None),
    ("priority level tier", 1, 5, None, None),
    ("account account_number", 10_000_000, 99_999_999, None, None),
    ("zip zip_code zipcode postal_code", 10_000, 99_950, None, None),
    ("count cnt num visits views clicks likes impressions orders", 0, 1_000, None, Exponential(scale=60)),
]

# --- dates and timestamps ------------------------------------------------------------------------------------
_MOMENT_NAMES: list[tuple[str, dt.date, dt.date]] = [
    ("birth_date date_of_birth dob birthday birthdate born", dt.date(1940, 1, 1), dt.date(2006, 12, 31)),
    ("hire_date hired_at joined_at join_date", dt.date(2005, 1, 1), LAST_DAY),
    ("opened_date open_date opening_date founded_at founded", dt.date(1990, 1, 1), LAST_DAY),
    (
        "expiry_date expires_at expiration_date expires expiry valid_until valid_to",
        dt.date(2026, 1, 1),
        dt.date(2031, 12, 31),
    ),
    ("due_date due_at", dt.date(2024, 1, 1), dt.date(2026, 12, 31)),
]

_BOOLEAN_NAMES: list[tuple[str, float]] = [
    ("active enabled available valid verified confirmed subscribed opt_in", 0.85),
    ("deleted archived cancelled canceled blocked banned fraud fraudulent returned failed error discontinued", 0.05),
    ("holiday weekend", 0.12),
    ("premium vip gift discounted default primary featured internal test", 0.15),
]

_Row = TypeVar("_Row", bound=tuple[object, ...])


@lru_cache(maxsize=4096)
def guess(table: str, column: Column) -> Guess:
    """The first row of the fitting table that the column's name matches, or the defaults of its type.

    The whole name is tried first, then the name without its table's in front.
    """
    whole = _guess(_snake(column.name), column)
    return whole if whole.known else _guess(plain_name(table, column.name), column)


def _guess(name: str, column: Column) -> Guess:
    kind = column.data_type
    if kind.is_text:
        return _guess_text(name, column)
    if kind.is_number:
        row = _find(name, _NUMBER_NAMES)
        return Guess(True, None, *row[1:], flexible=row[0] == _POSITIONS) if row else Guess()
    if kind.is_temporal:
        moment = _find(name, _MOMENT_NAMES)
        return Guess(True, start=moment[1], end=moment[2]) if moment else Guess()
    if kind is DataType.BOOLEAN:
        share = _find(name, _BOOLEAN_NAMES)
        return Guess(True, share_true=share[1]) if share else Guess()
    return Guess()


def _guess_text(name: str, column: Column) -> Guess:
    length = column.varchar_length or (1 if column.data_type is DataType.CHAR else 255)
    row = _find(name, _TEXT_NAMES)
    if row is None and re.match(r"(is|has|can)_", name):
        return Guess(True, "choice:Y=50,N=50")
    return Guess(True, _short_form(row[1], length)) if row else Guess()


_SHORT_FORMS: dict[str, list[tuple[int, str]]] = {
    "state": [(3, "state_abbr")],
    "country": [(2, "country_code"), (3, "country_code_3"), (10, "country_code_3")],
    "currency_code": [(2, "pattern:??")],
    _GENDER: [(5, "choice:F=49,M=49,X=2")],
    "month_name": [(2, "month_number"), (8, "month_short")],
    "day_name": [(1, "day_number"), (2, "day_short_2"), (8, "day_short")],
    "quarter": [(1, "choice:1=25,2=25,3=25,4=25")],
    "language": [(2, "language_code")],
}
"""Rules that have another usual form when the column is at most so many bytes long."""


def _short_form(rule: str, length: int) -> str:
    for longest, short in _SHORT_FORMS.get(rule, ()):
        if length <= longest:
            return short
    return rule


def plain_name(table: str, column: str) -> str:
    """The column's name in snake case, without the name of its table in front."""
    name = _snake(column)
    owner = _snake(table)
    owners = (owner, owner.removesuffix("s"), owner.removesuffix("es"))
    for prefix in sorted({*owners, *(word.rstrip("_") for word in owners)}, key=len, reverse=True):
        rest = name.removeprefix(prefix).lstrip("_")
        if len(prefix) > 2 and len(rest) > 2 and rest != name:
            return rest
    return name


def _snake(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


_GLUED = 4
"""Shorter names must stand alone or after an underscore: ``ip`` is not the end of ``trip``."""


def _find(name: str, table: Iterable[_Row]) -> _Row | None:
    glued = name.replace("_", "")
    for row in table:
        for word in str(row[0]).split():
            if name == word or name.endswith("_" + word):
                return row
            short = word.replace("_", "")
            if len(short) >= _GLUED and (glued == short or (glued.endswith(short) and "_" not in name)):
                return row
    return None
