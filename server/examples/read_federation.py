"""Reads where the federations of a server stand, and a version of the shared module, with the operator's credential.

    python3 read_federation.py https://fedner.example.org DATA/operator-credential
    python3 read_federation.py https://fedner.example.org DATA/operator-credential --federation F --version 3 --to shared.safetensors

Needs Python 3.9 and nothing else; with the package safetensors it also lists the tensors.
"""

import argparse
import json
import pathlib
import urllib.error
import urllib.request


def ask(server: str, path: str, credential: str) -> bytes:
    """The body of an answer; what is refused is an error with the server's own words."""
    request = urllib.request.Request(
        f"{server.rstrip('/')}/api/v1/admin{path}", headers={"Authorization": f"Bearer {credential}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as refusal:
        problem = json.load(refusal)
        raise SystemExit(f"{problem['status']} {problem['code']}: {problem['detail']}") from None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("credential", type=pathlib.Path, help="file with the operator's credential")
    parser.add_argument("--federation")
    parser.add_argument("--version", type=int)
    parser.add_argument("--to", type=pathlib.Path, help="where the module goes")
    options = parser.parse_args()
    credential = options.credential.read_text().strip()
    for federation in json.loads(ask(options.server, "/overview", credential))["federations"]:
        state = federation["state"]
        print(
            f"{federation['id']}: version {state['version']} of {federation['rounds']['rounds']}, "
            f"{len(federation['present'])} sites here, {state['phase']['kind']}"
        )
    if options.to is None:
        return
    body = ask(options.server, f"/federations/{options.federation}/models/{options.version}", credential)
    options.to.write_bytes(body)
    print(f"{options.to}: {len(body)} bytes")
    try:
        from safetensors.numpy import load
    except ImportError:
        return
    for name, tensor in load(body).items():
        print(f"  {name}: {tensor.dtype} {list(tensor.shape)}")


if __name__ == "__main__":
    main()
