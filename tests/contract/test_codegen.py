"""Code made from a server's definitions, compiled strictly and run on that server's answers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gdtoolkit.parser import parser

from tests.contract.game import define
from tests.contract.sdk import MODULES, install, node
from tests.support.in_process import API_KEY, SERVER_KEY, bearer
from tests.support.served import Served

PROGRAMS = Path(__file__).parent / "codegen"
CXX = shutil.which(os.environ.get("CXX", "g++"))
STRICT_CXX = ["-std=c++17", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-pedantic", "-Werror"]
MCS, MONO = shutil.which("mcs"), shutil.which("mono")
STRICT_MCS = ["-langversion:7", "-warn:4", "-warnaserror"]
STRICT_TSC = [
    "--strict",
    "--noUnusedLocals",
    "--noUncheckedIndexedAccess",
    "--exactOptionalPropertyTypes",
    "--noImplicitReturns",
    *("--target", "es2022"),
    *("--lib", "es2022,dom"),
    *("--module", "es2022"),
    *("--moduleResolution", "bundler"),
    # The SDK's list of exports leaves its types out.
    *("--resolvePackageJsonExports", "false"),
]
# What the program needs of Node, whose types are a package of its own.
NODE_TYPES = "declare const process: { argv: string[]; exit(code: number): void };\n"
OFFER = {"discount": 20, "tags": ["a", "b"], "mode": "hard"}
HOSTILE = [
    "",
    " ",
    "1st",
    "class",
    "Class",
    "class_",
    "__proto__",
    "constructor",
    "toString",
    "length",
    "name",
    "a-b",
    "a_b",
    "a b",
    "aB",
    "*/ }",
    "// \\",
    '"; throw 1; "',
    "${x}`",
    "??/",
    "line\nbreak\u2028\u202e",
    "é",
    "e\u0301",
    "\U0001f600",
    "日本",
    "NULL",
    "unix",
    "int",
    "operator",
    "texts",
    "Flags",
    "Json",
    "nul\x00l",
]


@pytest.fixture(scope="module")
def defined(server: Served) -> Served:
    texts = {"enum": ["easy", "hard"]}
    define(server, "taxonomy/validator", name="Mode", schema=texts)
    offer = {
        "type": "object",
        "properties": {
            "discount": {"type": "integer", "description": "In percent. */"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "mode": {"anyOf": [{"$ref": "Mode"}, {"type": "null"}]},
            "extra": {},
        },
        "required": ["discount"],
    }
    raid = {
        "properties": {
            "level": {"type": "integer"},
            "won": {"type": "boolean"},
            "who": {"type": "string"},
        },
        "required": ["level"],
    }
    define(server, "taxonomy/validator", name="Offer", schema=offer)
    define(server, "taxonomy/validator", name="Raid", schema=raid)
    define(
        server,
        "flag",
        name="Shop-Offer",
        value={"discount": 0},
        validator="Offer",
        variants=[{"name": "all", "value": OFFER}],
        description="What */ the shop shows.",
    )
    define(server, "flag", name="spin-speed", value=1.5, variants=[{"name": "all", "value": 2}])
    define(server, "flag", name="class", value=False, variants=[{"name": "all", "value": True}])
    define(server, "flag", name="greeting", value='"hi" \\', variants=[])
    define(server, "flag", name="difficulty", value="hard", validator="Mode")
    define(
        server,
        "taxonomy/event",
        name="raidFinished",
        value_type="numeric",
        metadata_validator="Raid",
    )
    define(server, "taxonomy/property", name="rank", value_type="numeric")
    return server


def codegen(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "matsuri", "codegen", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def from_server(server: Served, language: str, out: Path) -> None:
    codegen(f"--lang={language}", f"--server={server.url}", f"--key={SERVER_KEY}", f"--out={out}")


def compile_typescript(folder: Path) -> None:
    install()
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    tsc = MODULES / "typescript" / "bin" / "tsc"
    sources = sorted(str(each) for each in folder.glob("*.ts"))
    done = subprocess.run(
        [node(), str(tsc), *STRICT_TSC, *sources],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def run_node(*arguments: str) -> Any:
    done = subprocess.run([node(), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compile_cpp(folder: Path, source: Path) -> Path:
    if CXX is None:
        pytest.skip("no C++ compiler: install g++, or name one in CXX (scripts/test installs it)")
    program = folder / "game"
    done = subprocess.run(
        [CXX, *STRICT_CXX, f"-I{folder}", str(source), "-o", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


def compile_csharp(folder: Path, source: Path) -> list[str]:
    """The command that runs the program."""
    if MCS is None or MONO is None:
        pytest.skip("no C# compiler: install mono-mcs and mono-runtime (scripts/test does)")
    program = folder / "game.exe"
    done = subprocess.run(
        [
            MCS,
            *STRICT_MCS,
            "-r:System.Core.dll",
            f"-out:{program}",
            *(str(folder / "Definitions.cs"), str(source)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [MONO, str(program)]


def test_typescript_reads_what_the_server_answers_and_the_server_takes_what_it_makes(
    defined: Served, tmp_path: Path
) -> None:
    from_server(defined, "typescript", tmp_path / "definitions.ts")
    shutil.copy(PROGRAMS / "game.ts", tmp_path)
    (tmp_path / "node.d.ts").write_text(NODE_TYPES)
    compile_typescript(tmp_path)
    told = run_node(str(tmp_path / "game.js"), API_KEY, str(defined.port))
    assert told == {
        "names": ["Shop-Offer", "raidFinished"],
        "read": {**OFFER, "speed": 2, "on": True, "text": '"hi" \\', "difficulty": "hard"},
        "defaults": {
            "discount": 0,
            "speed": 1.5,
            "on": False,
            "text": '"hi" \\',
            "difficulty": "hard",
        },
        "wrong": [0, 0, 0, 0, 0, 0],
        "wrongMode": "hard",
        "custom": {"rank": 12.5},
        "customWrong": {},
        "notANumber": "none",
    }


def test_cpp_reads_what_the_server_answers(defined: Served, tmp_path: Path) -> None:
    from_server(defined, "cpp", tmp_path / "definitions.hpp")
    program = compile_cpp(tmp_path, PROGRAMS / "game.cpp")
    session = defined.authenticate("codegen-cpp-player")
    flags = defined.request("GET", "/v1/flag", auth=bearer(session["token"])).json["flags"]
    arguments = [text for each in flags for text in (each["name"], each["value"])]
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "Shop-Offer raidFinished",
        '20 2 1 2 1 "hi" \\ hard',
        '0 0 0 1.5 0 "hi" \\ hard',
        "0000000",
        "10",
        'raidFinished 3 level=7 who=a "b" won=true',
        "0rank12.58-1",
    ]


def test_csharp_reads_what_the_server_answers_and_the_server_takes_what_it_makes(
    defined: Served, tmp_path: Path
) -> None:
    from_server(defined, "csharp", tmp_path / "Definitions.cs")
    program = compile_csharp(tmp_path, PROGRAMS / "game.cs")
    session = defined.authenticate("codegen-csharp-player")
    flags = defined.request("GET", "/v1/flag", auth=bearer(session["token"])).json["flags"]
    arguments = [text for each in flags for text in (each["name"], each["value"])]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "Shop-Offer raidFinished",
        '20 2 True 2 True "hi" \\ hard',
        '0 0 False 1.5 False "hi" \\ hard',
        "0" * 13,
        "True",
        'raidFinished 0.1 level=7 who=a "b" won=true',
        "Utc True",
        "none True",
        "12.5 1 8 False",
        "0 False",
        "True",
        'Object True [1,-0.0025,0.1,1E+300,true,false,null,"\\u0001\\"\\\\é"]',
    ]


def test_gdscript_of_a_server_is_gdscript(defined: Served, tmp_path: Path) -> None:
    script = tmp_path / "definitions.gd"
    from_server(defined, "gdscript", script)
    code = script.read_text()
    parser.parse(code)
    for line in (
        'const SHOP_OFFER := "Shop-Offer"',
        "class ShopOfferValue:",
        "var discount: int = 0",
        "func shop_offer() -> ShopOfferValue:",
        "func class_() -> bool:",
        "func difficulty() -> String:",
        "static func raid_finished(fields: RaidFinishedFields = null) -> EventPayload:",
        "var level: int = 0",
        "var rank: Variant = null",
    ):
        assert line in map(str.strip, code.splitlines()), line


def hostile(tmp_path: Path) -> Path:
    """Definitions whose names and descriptions are all hostile, also within schemas."""
    record: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"type": "string", "description": name * 2} for name in HOSTILE},
        "required": HOSTILE[::2],
    }
    record["properties"]["class"] = {"enum": HOSTILE}
    named = [{"name": name, "description": f"{name} {name}"} for name in HOSTILE]
    lists = {"type": "array", "items": {**record, "type": ["object", "null"]}}
    catalog = {
        "validators": [{"name": "R", "schema": record}, {"name": "L", "schema": lists}],
        "flags": [
            *({**each, "value": each["name"]} for each in named),
            {"name": "lists", "value": "[null]", "validator": "L"},
            {"name": "record", "value": json.dumps(dict.fromkeys(HOSTILE, "")), "validator": "R"},
        ],
        "events": [
            *named,
            {"name": "typed", "metadata_validator": "R", "value_validator": "L"},
        ],
        "properties": named,
        "experiments": named,
        "live_events": named,
    }
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(catalog))
    return path


def test_hostile_definitions_compile_in_typescript_and_keep_their_names(tmp_path: Path) -> None:
    module = tmp_path / "definitions.ts"
    codegen("--lang=typescript", f"--from={hostile(tmp_path)}", f"--out={module}")
    compile_typescript(tmp_path)
    program = """
        import * as made from "./definitions.js";
        const names = Object.values(made.FlagName);
        const flags = new made.Flags(names.map((name) => ({ name, value: `${name}!` })));
        const getters = Object.getOwnPropertyNames(made.Flags.prototype);
        const values = getters.filter((each) => each !== "constructor").map((each) => flags[each]);
        console.log(JSON.stringify({ names, values: values.filter((v) => typeof v === "string") }));
    """
    (tmp_path / "run.js").write_text(program)
    told = run_node(str(tmp_path / "run.js"))
    assert set(told["names"]) == {*HOSTILE, "lists", "record"}
    assert {f"{name}!" for name in HOSTILE} == set(told["values"])


def test_hostile_definitions_compile_in_cpp(tmp_path: Path) -> None:
    header = tmp_path / "definitions.hpp"
    codegen("--lang=cpp", f"--from={hostile(tmp_path)}", f"--out={header}")
    main = tmp_path / "main.cpp"
    main.write_text(
        '#include "definitions.hpp"\n'
        "int main() {\n"
        "  const game_definitions::Flags flags;\n"
        "  return flags.lists().size() == 1 && !flags.lists()[0].has_value()\n"
        "      && game_definitions::flag_names::nul_l.size() == 5 ? 0 : 1;\n"
        "}\n"
    )
    subprocess.run([compile_cpp(tmp_path, main)], check=True)


def test_hostile_definitions_compile_in_csharp_and_keep_their_names(tmp_path: Path) -> None:
    codegen("--lang=csharp", f"--from={hostile(tmp_path)}", f"--out={tmp_path / 'Definitions.cs'}")
    shutil.copy(PROGRAMS / "hostile.cs", tmp_path)
    program = compile_csharp(tmp_path, tmp_path / "hostile.cs")
    told = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    names, values, record, lists = json.loads(told)
    assert set(names) == {*HOSTILE, "lists", "record"}
    assert {f"{name}!" for name in HOSTILE} == set(values)
    assert record == {**dict.fromkeys(HOSTILE, ""), "class": HOSTILE[-1]}
    assert lists == [None]


def test_hostile_definitions_are_gdscript(tmp_path: Path) -> None:
    script = tmp_path / "definitions.gd"
    codegen("--lang=gdscript", f"--from={hostile(tmp_path)}", f"--out={script}")
    parser.parse(script.read_text())


def test_no_definitions_compile_too(tmp_path: Path) -> None:
    source = tmp_path / "none.json"
    source.write_text("{}")
    codegen("--lang=typescript", f"--from={source}", f"--out={tmp_path / 'definitions.ts'}")
    compile_typescript(tmp_path)
    codegen("--lang=csharp", f"--from={source}", f"--out={tmp_path / 'Definitions.cs'}")
    program = tmp_path / "main.cs"
    program.write_text("public static class Game { public static void Main() {} }\n")
    subprocess.run(compile_csharp(tmp_path, program), check=True)
    codegen("--lang=gdscript", f"--from={source}", f"--out={tmp_path / 'definitions.gd'}")
    parser.parse((tmp_path / "definitions.gd").read_text())
    codegen("--lang=cpp", f"--from={source}", f"--out={tmp_path / 'definitions.hpp'}")
    main = tmp_path / "main.cpp"
    main.write_text('#include "definitions.hpp"\nint main() {}\n')
    subprocess.run([compile_cpp(tmp_path, main)], check=True)
