"""A gRPC server that answers every call to Milvus as a real one does that refuses."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from tests.support.milvus_server import free_port


class Certificate:
    """One for localhost that vouches for itself, made in this folder."""

    def __init__(self, folder: Path) -> None:
        self.key, self.file = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
                *("-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(self.key), "-out", str(self.file)),
            ],
            check=True,
            capture_output=True,
        )


SERVICE = "/milvus.proto.milvus.MilvusService/"


@contextlib.contextmanager
def refusing(code: grpc.StatusCode, words: str, after_connect: bool = False) -> Iterator[str]:
    """Its address. Each call fails with this status of gRPC; `after_connect`: but the first one of
    each connection, whose answer says nothing."""

    def answer(method: str, context: grpc.ServicerContext) -> bytes:
        if not (after_connect and method == SERVICE + "Connect"):
            context.abort(code, words)
        return b""

    with _serving(answer) as uri:
        yield uri


@contextlib.contextmanager
def answering_with_status(
    code: int, words: str, certificate: Certificate | None = None
) -> Iterator[str]:
    """Its address. Each call but the first of each connection is answered with this status of
    Milvus. With a certificate, it speaks TLS."""

    def answer(method: str, _: grpc.ServicerContext) -> bytes:
        return b"" if method == SERVICE + "Connect" else _answer(method, code, words)

    with _serving(answer, certificate) as uri:
        yield uri


def _answer(method: str, code: int, words: str) -> bytes:
    """As protocol buffers write it. In most answers the status is field 1; some are a status."""
    said = words.encode()
    status = b"\x08\x01" + b"\x12" + _varint(len(said)) + said + b"\x18" + _varint(code)
    is_status = method.removeprefix(SERVICE) in {"CreateCollection", "LoadCollection"}
    return status if is_status else b"\x0a" + _varint(len(status)) + status


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 127:
        content.append(number & 127 | 128)
        number >>= 7
    return bytes([*content, number])


@contextlib.contextmanager
def _serving(
    answer: Callable[[str, grpc.ServicerContext], bytes], certificate: Certificate | None = None
) -> Iterator[str]:
    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc has no types
        def service(self, details: Any) -> Any:
            method = details.method

            def call(_: bytes, context: grpc.ServicerContext) -> bytes:
                return answer(method, context)

            return grpc.unary_unary_rpc_method_handler(call)

    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[Handler()])
        port = free_port()
        if certificate is None:
            server.add_insecure_port(f"127.0.0.1:{port}")
        else:
            pair = (certificate.key.read_bytes(), certificate.file.read_bytes())
            server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([pair]))
        server.start()
        yield f"http://127.0.0.1:{port}" if certificate is None else f"https://localhost:{port}"
        server.stop(0).wait()
