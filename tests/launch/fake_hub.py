"""A Hugging Face hub on this machine, with the endpoints that huggingface_hub asks: a model's list of files, and files,
with ranges and redirects. It can misbehave in the ways that networks and strangers do."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c" * 40
HALF = 20_000


@dataclass
class Repository:
    files: dict[str, bytes]
    # Of large files: "truncate" (for ever), "truncate once", "stall", "trickle", "loop" of redirects, "no range",
    # "other bytes", "longer", "error".
    fault: str = ""
    listed_sizes: dict[str, int] = field(default_factory=dict)
    sha: str = COMMIT
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)  # Of each request for a file: its name and range.


def is_large(name: str) -> bool:
    return name.endswith(".safetensors")


class Hub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.closing = threading.Event()
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what these tests are about."""

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)", path):
            self.list_files(found[1])
        elif found := re.fullmatch(r"/(cdn/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self.send_file(found[2], found[4], bool(found[1]))
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def list_files(self, repo: str) -> None:
        repository = self.server.repositories.get(repo)
        if repository is None:
            self.answer(404, b"{}", X_Error_Code="RepoNotFound")
            return
        if repository.status != 200:
            self.answer(repository.status, b"{}")
            return
        siblings = []
        for name, content in repository.files.items():
            size = repository.listed_sizes.get(name, len(content))
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            about: dict[str, Any] = {"rfilename": name, "size": size, "blobId": blob}
            if is_large(name):
                about["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": size, "pointerSize": 134}
            siblings.append(about)
        self.answer(200, json.dumps({"id": repo, "sha": repository.sha, "siblings": siblings}).encode())

    def send_file(self, repo: str, name: str, from_cdn: bool) -> None:
        repository = self.server.repositories[repo]
        fault = repository.fault if is_large(name) else ""
        if is_large(name) and (not from_cdn or fault == "loop"):
            self.answer(302, b"", Location=f"{self.server.endpoint}/cdn/{repo}/resolve/{COMMIT}/{name}")
            return
        wanted = self.headers.get("Range", "")
        repository.asked.append((name, wanted))
        if fault == "error":
            self.answer(500, b"")
            return
        content = self.content_for(repository.files[name], fault)
        begin = 0 if fault == "no range" or not wanted else int(wanted.removeprefix("bytes=").partition("-")[0])
        body = content[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_body(repository, body, begin, fault)

    @staticmethod
    def content_for(content: bytes, fault: str) -> bytes:
        if fault == "other bytes":
            return bytes([content[0] ^ 1]) + content[1:]
        return content + b"more" * 10_000 if fault == "longer" else content

    def send_body(self, repository: Repository, body: bytes, begin: int, fault: str) -> None:
        if fault in ("truncate", "truncate once", "stall"):
            body = body[: max(0, HALF - begin)]
            if fault == "truncate once":
                repository.fault = ""
        if fault == "trickle":
            for start in range(0, len(body), 500):
                self.wfile.write(body[start : start + 500])
                self.server.closing.wait(0.05)
            return
        self.wfile.write(body)
        self.wfile.flush()
        if fault == "stall":
            self.server.closing.wait(30)
        if fault:
            self.close_connection = True
