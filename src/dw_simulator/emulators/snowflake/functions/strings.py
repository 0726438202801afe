"""String & binary functions. Vendor page: "String & binary functions"."""

from __future__ import annotations

import re

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import MANY, FunctionCall, function, rows
from dw_simulator.emulators.snowflake.functions.runtime import macros, udf
from dw_simulator.emulators.snowflake.translation.collations import collation, uncollated
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "String & binary"
TEXT, NUMBER, BOOLEAN, BINARY = m.text(), m.number(18, 0), m.boolean(), m.binary()

macros(
    {
        "left_text(s, n)": "CASE WHEN n <= 0 AND s IS NOT NULL THEN '' ELSE left(s, CAST(n AS BIGINT)) END",
        "right_text(s, n)": "CASE WHEN n <= 0 AND s IS NOT NULL THEN '' ELSE right(s, CAST(n AS BIGINT)) END",
        "substr_text(s, p)": (
            "CASE WHEN p = 0 THEN s WHEN p < 0 AND -p > length(s) THEN '' ELSE substr(s, CAST(p AS BIGINT)) END"
        ),
        "substr_length(s, p, n)": (
            "CASE WHEN s IS NULL OR p IS NULL OR n IS NULL THEN NULL WHEN n <= 0 OR (p < 0 AND -p > length(s)) THEN '' "
            "WHEN p = 0 THEN substr(s, 1, CAST(n AS BIGINT)) ELSE substr(s, CAST(p AS BIGINT), CAST(n AS BIGINT)) END"
        ),
        "split_part(s, d, n)": (
            "CASE WHEN d = '' THEN CASE WHEN n IN (0, 1, -1) THEN s WHEN s IS NOT NULL THEN '' END "
            "ELSE split_part(s, d, CASE WHEN n = 0 THEN 1 ELSE CAST(n AS BIGINT) END) END"
        ),
        "position_from(n, s, p)": (
            "CASE WHEN n = '' THEN CAST(p AS BIGINT) "
            "WHEN instr(substr(s, CAST(p AS BIGINT)), n) = 0 AND s IS NOT NULL THEN 0 "
            "ELSE instr(substr(s, CAST(p AS BIGINT)), n) + p - 1 END"
        ),
        "insert_text(s, p, n, i)": "left(s, CAST(greatest(p - 1, 0) AS BIGINT)) || i || sf.substr_text(s, p + n)",
        "character(n)": (
            "CASE WHEN n < 0 OR n > 1114111 OR n BETWEEN 55296 AND 57343 "
            "THEN error('sf:100353:' || CAST(n AS VARCHAR)) "
            "ELSE chr(CAST(n AS INTEGER)) END"
        ),
        "pad_left(s, n, p)": (
            "CASE WHEN n <= 0 AND s IS NOT NULL THEN '' WHEN p = '' THEN left(s, CAST(n AS BIGINT)) "
            "ELSE lpad(s, CAST(n AS INTEGER), p) END"
        ),
        "pad_right(s, n, p)": (
            "CASE WHEN n <= 0 AND s IS NOT NULL THEN '' WHEN p = '' THEN left(s, CAST(n AS BIGINT)) "
            "ELSE rpad(s, CAST(n AS INTEGER), p) END"
        ),
    }
)
rows(
    CATEGORY,
    [
        ("LOWER", "t", TEXT, "lower({0})"),
        ("UPPER", "t", TEXT, "upper({0})"),
        ("TRIM", "t", TEXT, "trim({0})"),
        ("LTRIM", "t", TEXT, "ltrim({0})"),
        ("RTRIM", "t", TEXT, "rtrim({0})"),
        ("TRIM", "tt", TEXT, "trim({0}, {1})"),
        ("LTRIM", "tt", TEXT, "ltrim({0}, {1})"),
        ("RTRIM", "tt", TEXT, "rtrim({0}, {1})"),
        ("ASCII", "t", NUMBER, "CASE WHEN {0} = '' THEN 0 ELSE CAST('0x' || substr(hex({0}), 1, 2) AS BIGINT) END"),
        ("UNICODE", "t", NUMBER, "CASE WHEN {0} = '' THEN 0 ELSE CAST(unicode({0}) AS BIGINT) END"),
        ("CHR CHAR", "i", m.text(1), "sf.character({0})"),
        ("REPEAT", "ti", TEXT, "repeat({0}, CAST({1} AS BIGINT))"),
        ("SPACE", "i", TEXT, "repeat(' ', CAST({0} AS BIGINT))"),
        ("REPLACE", "tt", TEXT, "replace({0}, {1}, '')"),
        ("REPLACE", "ttt", TEXT, "CASE WHEN {1} = '' THEN {0} ELSE replace({0}, {1}, {2}) END"),
        ("SPLIT_PART", "tti", TEXT, "sf.split_part({0}, {1}, {2})"),
        ("TRANSLATE", "ttt", TEXT, "translate({0}, {1}, {2})"),
        ("INITCAP", "t", TEXT, "sf_initcap({0}, ' \t\n\f\r!?@\"^#$&~_,.:;+-*%/|\\[](){{}}<>''')"),
        ("INITCAP", "tt", TEXT, "sf_initcap({0}, {1})"),
        ("EDITDISTANCE", "tt", NUMBER, "levenshtein({0}, {1})"),
        ("EDITDISTANCE", "tti", NUMBER, "least(levenshtein({0}, {1}), CAST({2} AS BIGINT))"),
        ("JAROWINKLER_SIMILARITY", "tt", NUMBER, "sf_jaro_winkler({0}, {1})"),
        ("SOUNDEX", "t", m.text(4), "sf_soundex({0})"),
        ("MD5 MD5_HEX", "y", m.text(32), "md5({0})"),
        ("MD5_BINARY", "y", m.binary(16), "unhex(md5({0}))"),
        ("MD5_NUMBER_LOWER64", "y", m.number(20, 0), "CAST(sf_md5_number({0}, 'lower') AS HUGEINT)"),
        ("MD5_NUMBER_UPPER64", "y", m.number(20, 0), "CAST(sf_md5_number({0}, 'upper') AS HUGEINT)"),
        ("SHA1 SHA1_HEX", "y", m.text(40), "sha1({0})"),
        ("SHA1_BINARY", "y", m.binary(20), "unhex(sha1({0}))"),
        ("SHA2 SHA2_HEX", "y", m.text(64), "sha256({0})"),
        ("SHA2_BINARY", "y", m.binary(32), "unhex(sha256({0}))"),
        ("SHA2 SHA2_HEX", "yi", m.text(128), "sf_sha2({0}, CAST({1} AS BIGINT))"),
        ("SHA2_BINARY", "yi", BINARY, "unhex(sf_sha2({0}, CAST({1} AS BIGINT)))"),
        ("HEX_ENCODE", "y", TEXT, "hex({0})"),
        ("HEX_ENCODE", "yi", TEXT, "CASE WHEN {1} = 0 THEN lower(hex({0})) ELSE hex({0}) END"),
        ("HEX_DECODE_STRING", "t", TEXT, "sf_utf8_text(sf.hex_binary({0}))"),
        ("TRY_HEX_DECODE_STRING", "t", TEXT, "TRY(decode(sf.try_hex_binary({0})))"),
        ("HEX_DECODE_BINARY", "t", BINARY, "sf.hex_binary({0})"),
        ("TRY_HEX_DECODE_BINARY", "t", BINARY, "sf.try_hex_binary({0})"),
        ("BASE64_DECODE_BINARY", "t", BINARY, "sf_base64_decode({0}, '', false)"),
        ("BASE64_DECODE_BINARY", "tt", BINARY, "sf_base64_decode({0}, {1}, false)"),
        ("TRY_BASE64_DECODE_BINARY", "t", BINARY, "sf_base64_decode({0}, '', true)"),
        ("TRY_BASE64_DECODE_BINARY", "tt", BINARY, "sf_base64_decode({0}, {1}, true)"),
        ("BASE64_DECODE_STRING", "t", TEXT, "sf_utf8_text(sf_base64_decode({0}, '', false))"),
        ("BASE64_DECODE_STRING", "tt", TEXT, "sf_utf8_text(sf_base64_decode({0}, {1}, false))"),
        ("TRY_BASE64_DECODE_STRING", "t", TEXT, "TRY(decode(sf_base64_decode({0}, '', true)))"),
        ("TRY_BASE64_DECODE_STRING", "tt", TEXT, "TRY(decode(sf_base64_decode({0}, {1}, true)))"),
        ("SOUNDEX_P123", "t", m.text(4), "sf_soundex_p123({0})"),
        ("STRTOK", "t", TEXT, "sf_strtok({0}, ' ', 1)"),
        ("STRTOK", "tt", TEXT, "sf_strtok({0}, {1}, 1)"),
        ("STRTOK", "tti", TEXT, "sf_strtok({0}, {1}, CAST({2} AS BIGINT))"),
        ("STRTOK_TO_ARRAY", "t", m.array(), "sf.list_array(sf_strtok_list({0}, ' '))"),
        ("STRTOK_TO_ARRAY", "tt", m.array(), "sf.list_array(sf_strtok_list({0}, {1}))"),
        ("SPLIT", "tt", m.array(), "sf.list_array(sf_split({0}, {1}))"),
        ("RTRIMMED_LENGTH", "t", NUMBER, "length(rtrim({0}))"),
        ("PARSE_IP", "tt", m.object_(), "sf_parse_ip({0}, {1}, false)"),
        ("PARSE_IP", "tti", m.object_(), "sf_parse_ip({0}, {1}, {2} = 1)"),
        ("PARSE_URL", "t", m.object_(), "sf_parse_url({0}, false)"),
        ("PARSE_URL", "ti", m.object_(), "sf_parse_url({0}, {1} = 1)"),
        ("BIT_LENGTH", "y", NUMBER, "(octet_length({0}) * 8)"),
        ("OCTET_LENGTH", "y", NUMBER, "octet_length({0})"),
        ("LIKE", "ttt", BOOLEAN, "like_escape({0}, {1}, {2})"),
        ("ILIKE", "ttt", BOOLEAN, "ilike_escape({0}, {1}, {2})"),
    ],
)


@function("LENGTH LEN", CATEGORY, 1)
def length(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "BINARY":
        return Typed(f"octet_length({value.sql})", NUMBER)
    return Typed(f"length({call.sql(0, 't')})", NUMBER)


@function("REVERSE", CATEGORY, 1)
def reverse(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "BINARY":
        return Typed(f"sf_reverse_binary({value.sql})", BINARY)
    return Typed(f"reverse({call.sql(0, 't')})", TEXT)


@udf("sf_reverse_binary", "BLOB", "BLOB")
def _reverse_binary(data: bytes) -> bytes:
    return data[::-1]


@function("LEFT RIGHT", CATEGORY, 2)
def left(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "BINARY":
        return Typed(f"unhex(sf.{call.name.lower()}_text(hex({value.sql}), 2 * {call.sql(1, 'i')}))", BINARY)
    return Typed(f"sf.{call.name.lower()}_text({call.sql(0, 't')}, {call.sql(1, 'i')})", TEXT)


@function("SUBSTR SUBSTRING", CATEGORY, 2, 3)
def substr(call: FunctionCall) -> Typed:
    value = call.arg(0)
    if value.kind == "BINARY":
        start = call.sql(1, "i")
        length_ = f"2 * {call.sql(2, 'i')}" if call.count > 2 else "1000000000"
        return Typed(f"unhex(sf.substr_length(hex({value.sql}), 2 * {start} - 1, {length_}))", BINARY)
    text, start = call.sql(0, "t"), call.sql(1, "i")
    if call.count == 2:
        return Typed(f"sf.substr_text({text}, {start})", TEXT)
    first, many = call.arg(1).const, call.arg(2).const
    if isinstance(first, int) and isinstance(many, int) and first > 0 and many > 0:
        return Typed(f"substr({text}, {first}, {many})", TEXT)
    return Typed(f"sf.substr_length({text}, {start}, {call.sql(2, 'i')})", TEXT)


@function("LPAD RPAD", CATEGORY, 2, 3)
def pad(call: FunctionCall) -> Typed:
    value, count = call.arg(0), call.sql(1, "i")
    side = "left" if call.name == "LPAD" else "right"
    if value.kind == "BINARY":
        if call.count < 3:  # only text is filled with blanks where nothing is said
            raise call.wrong_types()
        filler = f"hex({call.sql(2, 'x')})"
        return Typed(f"unhex(sf.pad_{side}(hex({value.sql}), 2 * {count}, {filler}))", BINARY)
    filler = call.sql(2, "t") if call.count > 2 else "' '"
    return Typed(f"sf.pad_{side}({call.sql(0, 't')}, {count}, {filler})", TEXT)


@function("INSERT", CATEGORY, 4)
def insert(call: FunctionCall) -> Typed:
    if call.arg(0).kind == "BINARY":
        places = ", ".join(f"CAST({call.sql(index, 'i')} AS BIGINT)" for index in (1, 2))
        return Typed(f"sf_insert_binary({call.sql(0, 'x')}, {places}, {call.sql(3, 'x')})", BINARY)
    text, start, count, other = call.sql(0, "t"), call.sql(1, "i"), call.sql(2, "i"), call.sql(3, "t")
    return Typed(f"(sf.insert_text({text}, {start}, {count}, {other}))", TEXT)


@udf("sf_insert_binary", "BLOB BIGINT BIGINT BLOB", "BLOB")
def _insert_binary(data: bytes, start: int, count: int, other: bytes) -> bytes:
    at = max(start - 1, 0)
    return data[:at] + other + data[at + count :]


@function("CONCAT", CATEGORY, 1, MANY)
def concat(call: FunctionCall) -> Typed:
    value = call.arg(0)
    for index in range(1, call.count):
        value = call.binder.concat(value, call.arg(index))
    return value if value.kind == "BINARY" else call.binder.coerce(value, m.text())


@function("CONCAT_WS", CATEGORY, 2, MANY)
def concat_ws(call: FunctionCall) -> Typed:
    parts = [call.sql(index, "t") for index in range(call.count)]
    tests = " OR ".join(f"{part} IS NULL" for part in parts)
    return Typed(f"(CASE WHEN {tests} THEN NULL ELSE concat_ws({', '.join(parts)}) END)", TEXT)


@function("CONTAINS STARTSWITH ENDSWITH", CATEGORY, 2)
def contains(call: FunctionCall) -> Typed:
    name = {"CONTAINS": "contains", "STARTSWITH": "starts_with", "ENDSWITH": "ends_with"}[call.name]
    a, b = call.arg(0), call.arg(1)
    if a.kind == "BINARY" and b.kind == "BINARY":
        return Typed(f"{name}(hex({a.sql}), hex({b.sql}))", BOOLEAN)
    return Typed(f"{name}({call.sql(0, 't')}, {call.sql(1, 't')})", BOOLEAN)


@function("LIKE ILIKE", CATEGORY, 2)
def like(call: FunctionCall) -> Typed:
    value, pattern = call.sql(0, "t"), call.as_(1, m.text())
    return Typed(call.binder.like_sql(call.name, value, pattern), BOOLEAN)


@function("BASE64_ENCODE", CATEGORY, 1, 3)
def base64_encode(call: FunctionCall) -> Typed:
    data = call.sql(0, "y")
    if call.count == 1:
        return Typed(f"to_base64({data})", TEXT)
    signs = call.sql(2, "t") if call.count > 2 else "''"
    return Typed(f"sf_base64_encode({data}, CAST({call.sql(1, 'i')} AS BIGINT), {signs})", TEXT)


def _alphabet(signs: str) -> tuple[str, str, str]:
    """The signs for 62, 63 and padding; those left out are the standard ones."""
    return signs[0:1] or "+", signs[1:2] or "/", signs[2:3] or "="


@udf("sf_base64_encode", "BLOB BIGINT VARCHAR", "VARCHAR")
def _base64_encode(data: bytes, width: int, signs: str) -> str:
    import base64

    text = base64.b64encode(data).decode().translate(str.maketrans("+/=", "".join(_alphabet(signs))))
    return "\n".join(text[at : at + width] for at in range(0, len(text), width)) if width > 0 else text


@udf("sf_base64_decode", "VARCHAR VARCHAR BOOLEAN", "BLOB")
def _base64_decode(text: str, signs: str, safe: bool) -> bytes | None:
    import base64
    import binascii

    plain = "".join(text.split()).translate(str.maketrans("".join(_alphabet(signs)), "+/="))
    try:
        return base64.b64decode(plain, validate=True)
    except binascii.Error:
        if safe:
            return None
        raise errors.SnowflakeError(
            100345, "22000", f"The following string is not a legal base64-encoded value: '{text}'"
        ) from None


@function("UUID_STRING", CATEGORY, 0)
def uuid_string(call: FunctionCall) -> Typed:
    del call
    return Typed("CAST(uuid() AS VARCHAR)", m.text(36))


@function("UUID_STRING", CATEGORY, 2)
def uuid_named(call: FunctionCall) -> Typed:
    return Typed(f"sf_uuid5({call.sql(0, 't')}, {call.sql(1, 't')})", m.text(36))


@function("COLLATE", CATEGORY, 2)
def collate(call: FunctionCall) -> Typed:
    """A collation changes comparisons of the value: case and accents as its specification says."""
    value, spec = call.binder.coerce(uncollated(call.arg(0)), m.text()), str(call.constant(1)).lower()
    sql = collation(spec).applied(value.sql)
    return Typed(sql, value.type, value.const, collation=spec, explicit=bool(spec))


@function("COLLATION", CATEGORY, 1)
def collation_of(call: FunctionCall) -> Typed:
    spec = call.arg(0).collation
    return Typed("CAST(NULL AS VARCHAR)" if spec is None else f"'{spec}'", TEXT, spec)


@function("CHARINDEX POSITION", CATEGORY, 2, 3)
def charindex(call: FunctionCall) -> Typed:
    start = call.sql(2, "i") if call.count > 2 else "1"
    needle, text = call.arg(0), call.arg(1)
    if needle.kind == "BINARY" and text.kind == "BINARY":
        return Typed(f"sf_binary_position({needle.sql}, {text.sql}, CAST({start} AS BIGINT))", NUMBER)
    return Typed(f"sf.position_from({call.sql(0, 't')}, {call.sql(1, 't')}, {start})", NUMBER)


@udf("sf_binary_position", "BLOB BLOB BIGINT", "BIGINT")
def _binary_position(needle: bytes, data: bytes, start: int) -> int:
    return data.find(needle, max(0, start - 1)) + 1


# --- Python functions -------------------------------------------------------------------------------------------------
@udf("sf_initcap", "VARCHAR VARCHAR", "VARCHAR")
def _initcap(text: str, delimiters: str) -> str:
    result, fresh = [], True
    for sign in text:
        separates = sign in delimiters
        result.append(sign if separates else sign.upper() if fresh else sign.lower())
        fresh = separates
    return "".join(result)


@udf("sf_soundex", "VARCHAR", "VARCHAR")
def _soundex(text: str) -> str:
    return _sound_code(text, keep_first=False)


@udf("sf_soundex_p123", "VARCHAR", "VARCHAR")
def _soundex_p123(text: str) -> str:
    """Keeps the second letter's code where it equals the first's: Pfister is P123."""
    return _sound_code(text, keep_first=True)


def _sound_code(text: str, *, keep_first: bool) -> str:
    codes = {
        c: d for d, cs in {"1": "BFPV", "2": "CGJKQSXZ", "3": "DT", "4": "L", "5": "MN", "6": "R"}.items() for c in cs
    }
    letters = [c for c in text.upper() if c.isascii() and c.isalpha()]
    if not letters:
        return ""
    result, last = letters[0], "" if keep_first else codes.get(letters[0], "")
    for sign in letters[1:]:
        code = codes.get(sign, "")
        if code and code != last:
            result += code
        if sign not in "HW":
            last = code
    return (result + "000")[:4]


@udf("sf_md5_number", "BLOB VARCHAR", "VARCHAR")
def _md5_number(data: bytes, half: str) -> str:
    import hashlib

    digest = hashlib.md5(data, usedforsecurity=False).digest()
    return str(int.from_bytes(digest[8:] if half == "lower" else digest[:8], "big"))


@udf("sf_sha2", "BLOB BIGINT", "VARCHAR")
def _sha2(data: bytes, bits: int) -> str:
    import hashlib

    names = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}
    if bits not in names:
        raise errors.SnowflakeError(100053, "22023", f"Invalid digest size {bits} for SHA2")
    return hashlib.new(names[bits], data).hexdigest()


@udf("sf_jaro_winkler", "VARCHAR VARCHAR", "BIGINT")
def _jaro_winkler(a: str, b: str) -> int:
    """Similarity from 0 to 100, without regard to case."""
    a, b = a.lower(), b.lower()
    if not a or not b:
        return 0
    window = max(len(a), len(b)) // 2 - 1
    taken = [False] * len(b)
    matches: list[str] = []
    for index, sign in enumerate(a):
        for other in range(max(0, index - window), min(len(b), index + window + 1)):
            if not taken[other] and b[other] == sign:
                taken[other] = True
                matches.append(sign)
                break
    if not matches:
        return 0
    others = [sign for sign, used in zip(b, taken, strict=True) if used]
    swapped = sum(x != y for x, y in zip(matches, others, strict=True)) // 2
    count = len(matches)
    score = (count / len(a) + count / len(b) + (count - swapped) / count) / 3
    prefix = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return int((score + min(prefix, 4) * 0.1 * (1 - score)) * 100 + 1e-9)


@udf("sf_strtok", "VARCHAR VARCHAR BIGINT", "VARCHAR")
def _strtok(text: str, delimiters: str, position: int) -> str | None:
    tokens = _tokens(text, delimiters)
    if position < 1:
        raise errors.SnowflakeError(100049, "22023", f"Invalid token position {position}")
    return tokens[position - 1] if position <= len(tokens) else None


def _tokens(text: str, delimiters: str) -> list[str]:
    if not delimiters:
        return [text] if text else []
    tokens, current = [], ""
    for sign in text:
        if sign in delimiters:
            if current:
                tokens.append(current)
            current = ""
        else:
            current += sign
    return [*tokens, current] if current else tokens


@udf("sf_strtok_list", "VARCHAR VARCHAR", "VARCHAR[]")
def _strtok_list(text: str, delimiters: str) -> list[str]:
    return _tokens(text, delimiters)


@udf("sf_split", "VARCHAR VARCHAR", "VARCHAR[]")
def _split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else [text]


@udf("sf_uuid5", "VARCHAR VARCHAR", "VARCHAR")
def _uuid5(space: str, name: str) -> str:
    import uuid

    try:
        return str(uuid.uuid5(uuid.UUID(space), name))
    except ValueError:
        raise errors.SnowflakeError(100125, "22023", f"Invalid UUID: '{space}'") from None


@udf("sf_parse_ip", "VARCHAR VARCHAR BOOLEAN", "VARCHAR")
def _parse_ip(text: str, kind: str, permissive: bool) -> str:
    from dw_simulator.emulators.snowflake.functions.variant_json import dumps

    try:
        return _ip_fields(text, kind)
    except errors.SnowflakeError as error:
        if permissive:
            return dumps({"error": error.message})
        raise


def _ip_fields(text: str, kind: str) -> str:
    import ipaddress

    from dw_simulator.emulators.snowflake.functions.variant_json import dumps

    if kind.upper() != "INET":
        raise errors.SnowflakeError(100050, "22023", f"Invalid IP address type '{kind}'")
    address, _, prefix = text.partition("/")
    try:
        ip = ipaddress.ip_address(address)
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise errors.SnowflakeError(100050, "22023", f"Invalid IP address '{text}'") from None
    bits = int(prefix) if prefix else None
    result: dict[str, object] = {"family": ip.version, "host": address, "ip_fields": [], "ip_type": "inet"}
    result["netmask_prefix_length"] = bits
    if ip.version == 4:
        result["ip_fields"] = [int(ip), 0, 0, 0]
        result["ipv4"] = int(ip)
        result["snowflake$type"] = "ip_address"
        if bits is not None:
            network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
            result["ipv4_range_start"], result["ipv4_range_end"] = int(network[0]), int(network[-1])
    else:
        packed = ip.packed
        result["ip_fields"] = [int.from_bytes(packed[i : i + 4], "big") for i in (0, 4, 8, 12)]
        result["hex_ipv6"] = packed.hex().upper()
        result["snowflake$type"] = "ip_address"
        if bits is not None:
            network6 = ipaddress.ip_network(f"{address}/{bits}", strict=False)
            result["hex_ipv6_range_start"] = network6[0].packed.hex().upper()
            result["hex_ipv6_range_end"] = network6[-1].packed.hex().upper()
    return dumps(result)


@udf("sf_parse_url", "VARCHAR BOOLEAN", "VARCHAR")
def _parse_url(text: str, permissive: bool) -> str:
    from urllib.parse import parse_qsl, urlsplit

    from dw_simulator.emulators.snowflake.functions.variant_json import dumps

    parts = urlsplit(text)
    if not parts.scheme:
        if permissive:
            return dumps({"error": "scheme not specified"})
        raise errors.SnowflakeError(100139, "22023", f"Error parsing URL: scheme not specified: {text}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) or None
    return dumps(
        {
            "fragment": parts.fragment or None,
            "host": re.sub(r":\d*$", "", parts.netloc) or None,
            "parameters": query,
            "path": parts.path.removeprefix("/") if parts.path else None,
            "port": str(parts.port) if parts.port else None,
            "query": parts.query or None,
            "scheme": parts.scheme,
        }
    )
