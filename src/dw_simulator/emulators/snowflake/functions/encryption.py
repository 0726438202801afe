"""Encryption and compression. Vendor pages: "Encryption functions", "COMPRESS", "DECOMPRESS_BINARY".

The passphrase functions derive a key of 256 bits from the passphrase (PBKDF2) and keep salt and nonce in front of the
ciphertext; the raw functions give ciphertext, nonce and tag apart.
"""

from __future__ import annotations

import bz2
import os
import re
import zlib
from functools import lru_cache

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from dw_simulator.emulators.snowflake import errors
from dw_simulator.emulators.snowflake.functions.registry import FunctionCall, function
from dw_simulator.emulators.snowflake.functions.runtime import udf
from dw_simulator.emulators.snowflake.functions.variant_json import Tagged, dumps
from dw_simulator.emulators.snowflake.translation.typing import Typed
from dw_simulator.emulators.snowflake.types import model as m

CATEGORY = "Encryption"
BINARY = m.binary()
TAG_BYTES = 16
NONCE_BYTES = 12
SALT_BYTES = 16
ITERATIONS = 10_000
FAILED = errors.ErrorEntry(100311, "22023", "Decryption failed. Check encrypted data, key, AAD, or AEAD tag.")


def _method(call: FunctionCall, index: int) -> None:
    """Checks the method argument: AES in GCM mode without padding is what there is."""
    method = str(call.constant(index, "AES-GCM") or "AES-GCM").upper()
    if not re.fullmatch(r"AES(-(128|192|256))?-GCM(/PAD:NONE)?", method):
        raise errors.UNSUPPORTED_FEATURE(f"{call.name} with method {method}")


@function("ENCRYPT", CATEGORY, 2, 4)
def encrypt(call: FunctionCall) -> Typed:
    _method(call, 3)
    call.binder.env.volatile = True
    return Typed(f"sf_encrypt({call.sql(0, 'y')}, {call.sql(1, 't')}, {_associated(call, 2)})", BINARY)


@function("DECRYPT TRY_DECRYPT", CATEGORY, 2, 4)
def decrypt(call: FunctionCall) -> Typed:
    _method(call, 3)
    safe = str(call.name.startswith("TRY_")).lower()
    return Typed(f"sf_decrypt({call.sql(0, 'x')}, {call.sql(1, 't')}, {_associated(call, 2)}, {safe})", BINARY)


def _associated(call: FunctionCall, index: int) -> str:
    """Additional authenticated data; nothing where it is left out or NULL."""
    return f"coalesce({call.sql(index, 'y')}, ''::BLOB)" if call.count > index else "''::BLOB"


@lru_cache(maxsize=64)
def _key(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(hashes.SHA256(), 32, salt, ITERATIONS).derive(passphrase.encode())


@udf("sf_encrypt", "BLOB VARCHAR BLOB", "BLOB")
def _encrypt(data: bytes, passphrase: str, associated: bytes) -> bytes:
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, data, associated)


@udf("sf_decrypt", "BLOB VARCHAR BLOB BOOLEAN", "BLOB")
def _decrypt(data: bytes, passphrase: str, associated: bytes, safe: bool) -> bytes | None:
    salt, rest = data[:SALT_BYTES], data[SALT_BYTES:]
    nonce, cipher = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, cipher, associated)
    except (InvalidTag, ValueError):
        if safe:
            return None
        raise FAILED() from None


@function("ENCRYPT_RAW", CATEGORY, 3, 5)
def encrypt_raw(call: FunctionCall) -> Typed:
    """``(value, key, nonce [, additional data [, method]])``, all BINARY; gives ciphertext, iv and tag."""
    _method(call, 4)
    call.binder.env.volatile = True
    nonce = f"coalesce({call.sql(2, 'x')}, ''::BLOB)"
    return Typed(
        f"sf_encrypt_raw({call.sql(0, 'x')}, {call.sql(1, 'x')}, {nonce}, {_associated(call, 3)})", m.variant()
    )


@function("DECRYPT_RAW TRY_DECRYPT_RAW", CATEGORY, 3, 6)
def decrypt_raw(call: FunctionCall) -> Typed:
    """``(value, key, nonce [, additional data [, method [, tag]]])``."""
    _method(call, 4)
    safe = str(call.name.startswith("TRY_")).lower()
    tag = f"coalesce({call.sql(5, 'x')}, ''::BLOB)" if call.count > 5 else "''::BLOB"
    values = ", ".join(call.sql(index, "x") for index in range(3))
    return Typed(f"sf_decrypt_raw({values}, {_associated(call, 3)}, {tag}, {safe})", BINARY)


def _cipher(key: bytes) -> AESGCM:
    if len(key) not in (16, 24, 32):
        raise errors.SnowflakeError(100310, "22023", f"Invalid key size {len(key) * 8}: 128, 192 or 256 bits")
    return AESGCM(key)


@udf("sf_encrypt_raw", "BLOB BLOB BLOB BLOB", "VARCHAR")
def _encrypt_raw(data: bytes, key: bytes, nonce: bytes, associated: bytes) -> str:
    nonce = nonce or os.urandom(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, data, associated)
    parts = {"ciphertext": sealed[:-TAG_BYTES], "iv": nonce, "tag": sealed[-TAG_BYTES:]}
    return dumps({name: Tagged("B", part.hex().upper()) for name, part in parts.items()})


@udf("sf_decrypt_raw", "BLOB BLOB BLOB BLOB BLOB BOOLEAN", "BLOB")
def _decrypt_raw(data: bytes, key: bytes, nonce: bytes, associated: bytes, tag: bytes, safe: bool) -> bytes | None:
    try:
        return _cipher(key).decrypt(nonce, data + tag, associated)
    except (InvalidTag, ValueError):
        if safe:
            return None
        raise FAILED() from None


# --- compression ------------------------------------------------------------------------------------------------------
@function("COMPRESS", "String & binary", 2)
def compress(call: FunctionCall) -> Typed:
    return Typed(f"sf_compress({call.sql(0, 'y')}, {call.sql(1, 't')})", BINARY)


@function("DECOMPRESS_BINARY", "String & binary", 2)
def decompress_binary(call: FunctionCall) -> Typed:
    return Typed(f"sf_decompress({call.sql(0, 'x')}, {call.sql(1, 't')})", BINARY)


@function("DECOMPRESS_STRING", "String & binary", 2)
def decompress_string(call: FunctionCall) -> Typed:
    return Typed(f"sf_utf8_text(sf_decompress({call.sql(0, 'x')}, {call.sql(1, 't')}))", m.text())


def _codec(method: str) -> tuple[str, int | None]:
    """Name and level of ``zlib(1)``. Raises for a method there is none of."""
    match = re.fullmatch(r"\s*(SNAPPY|ZLIB|ZSTD|BZ2)\s*(?:\(\s*(\d+)\s*\))?\s*", method, re.I)
    if match is None:
        raise errors.SnowflakeError(100053, "22023", f"Invalid compression method '{method}'")
    return match.group(1).upper(), int(match.group(2)) if match.group(2) else None


@udf("sf_compress", "BLOB VARCHAR", "BLOB")
def _compress(data: bytes, method: str) -> bytes:
    name, level = _codec(method)
    match name:
        case "ZLIB":
            return zlib.compress(data, -1 if level is None else level)
        case "BZ2":
            return bz2.compress(data, 9 if level is None else level)
        case "ZSTD":
            return bytes(pa.Codec("zstd", compression_level=level).compress(data, asbytes=True))
    return bytes(pa.compress(data, codec="snappy", asbytes=True))


@udf("sf_decompress", "BLOB VARCHAR", "BLOB")
def _decompress(data: bytes, method: str) -> bytes:
    name, _ = _codec(method)
    try:
        match name:
            case "ZLIB":
                return zlib.decompress(data)
            case "BZ2":
                return bz2.decompress(data)
            case "ZSTD":
                with pa.input_stream(pa.BufferReader(data), compression="zstd") as stream:
                    return bytes(stream.read())
        return bytes(pa.decompress(data, _snappy_size(data), codec="snappy", asbytes=True))
    except (OSError, ValueError, zlib.error, pa.ArrowInvalid):
        raise errors.SnowflakeError(100157, "22000", f"Failed to decompress data with method {name}") from None


def _snappy_size(data: bytes) -> int:
    """The length of the plain data, that snappy's format begins with (a varint)."""
    size = shift = 0
    for byte in data[:5]:
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            return size
        shift += 7
    raise ValueError("no length")
