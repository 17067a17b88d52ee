"""What is said when Milvus cannot be used."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from imgsimd.errors import StoreFault
from imgsimd.milvus.messages import Server
from tests.support.milvus_link import failure, linked
from tests.support.milvus_server import free_port, milvus_server
from tests.support.patience import DEADLINE
from tests.support.refusing_milvus import Certificate, answering_with_status, refusing

pytestmark = pytest.mark.long


def test_a_server_that_is_not_there_is_away_at_once() -> None:
    uri = f"http://user:secret@127.0.0.1:{free_port()}"
    with linked(uri, seconds=DEADLINE) as link:
        fault, words = failure(link)
    assert fault is StoreFault.AWAY
    assert uri.replace("user:secret@", "") in words
    assert "secret" not in words


def test_a_name_that_nobody_knows_is_away() -> None:
    with linked("http://milvus.invalid:19530") as link:
        assert failure(link)[0] is StoreFault.AWAY


def test_a_server_that_never_answers_is_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        uri = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with linked(uri, seconds=1) as link:
            fault, words = failure(link)
    assert fault is StoreFault.SLOW
    assert f"{uri} did not answer within 1 seconds" in words


@pytest.mark.parametrize(
    ("code", "after_connect", "fault"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, False, StoreFault.REFUSED),
        (grpc.StatusCode.PERMISSION_DENIED, True, StoreFault.REFUSED),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, True, StoreFault.FULL),
        (grpc.StatusCode.INTERNAL, False, StoreFault.FAILED),
    ],
)
def test_what_grpc_refuses_is_told_in_the_server_s_words(
    code: grpc.StatusCode, after_connect: bool, fault: StoreFault
) -> None:
    with refusing(code, "the words\nof it", after_connect) as uri, linked(uri, 3) as link:
        found, words = failure(link)
    assert found is fault
    assert uri in words
    assert "the words of it" in words


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (65535, "auth check failure, please check api key is correct", StoreFault.REFUSED),
        (1401, "PrivilegeCreateCollection: permission deny to u", StoreFault.REFUSED),
        (9, "quota exceeded[reason=memory quota exceeded]", StoreFault.FULL),
        (7, "disk limit exceeded", StoreFault.FULL),
        (65535, "something else", StoreFault.FAILED),
    ],
)
def test_what_milvus_refuses_is_told_in_its_words(code: int, said: str, fault: StoreFault) -> None:
    with answering_with_status(code, said) as uri, linked(uri, 3) as link:
        found, words = failure(link)
    assert found is fault
    assert said in words


def test_a_certificate_is_refused_unless_it_is_trusted(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    with answering_with_status(9, "quota exceeded", certificate) as uri:
        with linked(uri, 5) as link:
            assert failure(link)[0] is StoreFault.REFUSED
        trusting = Server(uri, None, str(certificate.file), None, None, "")
        with linked(trusting, 5) as link:
            assert failure(link)[0] is StoreFault.FULL


def test_a_server_without_tls_is_refused_where_it_is_asked_for(tmp_path: Path) -> None:
    with milvus_server(tmp_path) as server:
        secure = replace(server.link, uri=server.uri.replace("http:", "https:"))
        with linked(secure, 5) as link:
            assert failure(link)[0] is StoreFault.REFUSED
