"""The machine that measures, as JSON: machine.py LIMITS FOLDER, with the program made of limits.c."""

import json
import os
import platform
import subprocess
import sys
import time


def field(path, name, separator):
    """What stands after `name` in a file of lines "name separator value"."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            key, found, value = line.partition(separator)
            if found and key.strip() == name:
                return value.strip().strip('"')
    return "unknown"


def instructions():
    flags = set(field("/proc/cpuinfo", "flags", ":").split())
    return " ".join(
        name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_vpopcntdq", "amx_int8") if name in flags
    )


def output_of(*command):
    try:
        return (
            subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
        )
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def machine(limits, folder):
    found = {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "processor": field("/proc/cpuinfo", "model name", ":"),
        "instructions": instructions(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f'{field("/etc/os-release", "PRETTY_NAME", "=")}, {platform.system()} {platform.release()}',
        "file_system": output_of("stat", "-f", "-c", "%T", folder),
        "python": platform.python_version(),
        "compiler": output_of("g++", "--version"),
        "reel": output_of("git", "describe", "--always", "--dirty"),
    }
    measured = subprocess.run([limits, folder], capture_output=True, text=True, check=True).stdout
    return found | json.loads(measured)


if __name__ == "__main__":
    print(json.dumps(machine(*sys.argv[1:]), indent=1))
