#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The media process against its floors and against Janus, in one run; keeps the section of RESULTS.md.

  sfu.py PROGRAM TOOLS [--rounds 6] [--seconds 2] [--no-janus]    PROGRAM: zvonok, TOOLS: folder of media_load, limit_media, liballoc_count.so

What serves runs on core 0, what sends and receives on core 1. A part that fails leaves a line in the table, and the others go on. Janus (Debian's package) is
started here with a configuration of its own in a folder of chance, never as a service.
"""
import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from run import keep

LIBRARIES = "/usr/lib/x86_64-linux-gnu/janus"
JANUS = {
    "janus.jcfg": """general: {{ configs_folder = "{folder}"  plugins_folder = "{libraries}/plugins"  transports_folder = "{libraries}/transports"
 debug_level = 3  session_timeout = 0 }}
nat: {{ full_trickle = false }}
media: {{ ipv6 = false }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
""",
    "janus.transport.pfunix.jcfg": """general: {{ enabled = true  json = "compact"  path = "{folder}/api" }}
admin: {{ admin_enabled = false }}
""",
    "janus.plugin.videoroom.jcfg": "general: {{ }}\n",
}


class Janus:
    """Debian's Janus with VideoRoom and its Unix socket alone, pinned to core 0."""

    def __init__(self, folder):
        self.folder, self.socket, self.process = folder, os.path.join(folder, "api"), None
        if not shutil.which("janus"):
            raise RuntimeError("janus is not installed")
        others = {k: ",".join(sorted(n for n in os.listdir(f"{LIBRARIES}/{k}") if n.endswith(".so") and keeper not in n))
                  for k, keeper in (("plugins", "videoroom"), ("transports", "pfunix"))}
        for name, text in JANUS.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text.format(folder=folder, libraries=LIBRARIES, **others))
        # Its thread for the socket ends at once when it runs before its module has said that it is ready: another try, and pinned only afterwards.
        for _ in range(10):
            self.log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
            self.process = subprocess.Popen(["janus", "-F", folder], stdout=self.log, stderr=subprocess.STDOUT)
            time.sleep(1.5)
            if self.process.poll() is None and os.path.exists(self.socket):
                subprocess.run(["taskset", "-acp", "0", str(self.process.pid)], check=True, stdout=subprocess.DEVNULL)
                return
            self.stop()
        raise RuntimeError("janus did not start: " + open(os.path.join(folder, "log"), encoding="utf-8", errors="replace").read()[-300:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "janus"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout or "unknown"


class Sfu:
    def __init__(self, args):
        self.a, self.lines, self.table, self.failed = args, [], [], []

    def load(self, *args, seconds):
        """The lines of JSON of one part; what it wrote is kept even when it did not end well."""
        command = [os.path.join(self.a.tools, "media_load"), *map(str, args)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += f"\nnot ready within {seconds} s"
        said = [line for line in err.splitlines() if not line.startswith("{")]
        if process.returncode or said:
            self.failed.append(f"{args[0]}: ended with {process.returncode}: {' / '.join(said[-3:])}")
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    def bench(self, name, value, unit, ratio_to=None, ratio=None):
        self.lines.append(f"BENCH {name} {value:.6g} {unit}" + (f" ratio-to {ratio_to} {ratio:.3f}" if ratio_to else ""))

    # --- one to many

    def fan(self):
        janus = None
        folder = tempfile.mkdtemp(prefix="zvonok-janus-")
        try:
            if not self.a.no_janus:
                try:
                    janus = Janus(folder)
                except RuntimeError as e:
                    self.failed.append(str(e))
            more = [janus.socket, janus.process.pid] if janus else []
            rows = self.load("fan", self.a.program, os.path.join(self.a.tools, "limit_media"), 50, self.a.rounds, self.a.seconds, *more,
                             seconds=60 + self.a.rounds * 5 * (self.a.seconds + 2))
        finally:
            if janus:
                janus.stop()
            shutil.rmtree(folder, ignore_errors=True)
        self.fan_table([r for r in rows if r["round"] > 0])

    def fan_table(self, rows):
        def each(what):
            return {r["round"]: r["cpu_ns"] / 1000 / r["packets"] for r in rows if r["what"] == what and r["packets"]}

        cost = {what: each(what) for what in ("send", "seal", "gso", "zvonok", "janus")}

        def ratio(a, b):
            both = [cost[a][k] / cost[b][k] for k in cost[a] if k in cost[b]]
            return statistics.median(both) if both else float("nan")

        says = {"send": "floor 1: bare `sendmsg` of ready packets", "seal": "floor 2: AES-128-GCM by EVP, then `sendmsg`",
                "gso": "floor 2 with UDP GSO, a picture a call (for information)", "zvonok": "`zvonok media`", "janus": f"Janus VideoRoom {version()}"}
        self.table += ["### One sends video to 50", "",
                       "30 pictures a second of 6 packets that come back to back, each of 1,100 bytes of RTP from the sender (1.6 Mbit/s); receivers report like browsers "
                       "(RR and REMB every second). CPU of the whole serving process on core 0, receiving and everything else included, by forwarded packet; the loopback "
                       "charges the receivers' side of the kernel to who sends, floors and servers alike. Medians of the rounds, ratios of one round's pairs.", "",
                       "| | µs of CPU a packet | against floor 2 | lost | delay p50, ms | p99, ms | SRTP |", "|---|---|---|---|---|---|---|"]
        for what, text in says.items():
            mine = [r for r in rows if r["what"] == what]
            if not cost[what]:
                self.table.append(f"| {text} | did not take part | | | | | |")
                continue
            lost = 1 - sum(r["packets"] for r in mine) / sum(r["expected"] for r in mine)
            delay = [f"{statistics.median(r[k] for r in mine):.2f}" if k in mine[0] else "" for k in ("p50_ms", "p99_ms")]
            self.table.append(f"| {text} | {statistics.median(cost[what].values()):.2f} | {ratio(what, 'seal'):.2f} | {max(0, lost) * 100:.3f} % | {delay[0]} | {delay[1]} | "
                              f"{mine[-1].get('profile', 'AES-128-GCM' if what != 'send' else 'none')} |")
        ours = [r for r in rows if r["what"] == "zvonok"]
        self.table += ["", "Checked at the receivers: the numbers of %d packets (%d left out, %d back), and of %d of them decrypted bytes (%d wrong) and picture ids (%d wrong). "
                       "Wire: %.0f bytes a packet." % (sum(r["packets"] for r in ours), sum(r["holes"] for r in ours), sum(r["back"] for r in ours),
                                                      sum(r["sampled"] for r in ours), sum(r["wrong_bytes"] for r in ours), sum(r["wrong_pid"] for r in ours),
                                                      sum(r["bytes"] for r in ours) / max(1, sum(r["packets"] for r in ours))), ""]
        for what, name in (("send", "limit_sfu_send"), ("seal", "limit_sfu_seal"), ("gso", "limit_sfu_gso"), ("janus", "janus_forward")):
            if cost[what]:
                self.bench(name, statistics.median(cost[what].values()), "µs-cpu/packet")
        if cost["zvonok"]:
            mine = statistics.median(cost["zvonok"].values())
            self.bench("sfu_forward", mine, "µs-cpu/packet", "limit_sfu_seal", ratio("zvonok", "seal"))
            if cost["janus"]:
                self.bench("sfu_forward_janus", mine, "µs-cpu/packet", "janus_forward", ratio("zvonok", "janus"))

    # --- lessons, voices

    def hold_rows(self, rows, unit):
        for r in rows:
            lost = max(0.0, 1 - r["packets"] / max(1, r["expected"]))
            rate = r["packets"] * 1e6 / r["wall_us"]
            wrong = r["wrong_bytes"] + r["wrong_pid"] + r["back"]
            self.table.append(f"| {unit(r['round'])} | {rate:.0f} | {lost * 100:.4f} % | {r['cpu_ns'] / 10 / r['wall_us']:.0f} % | "
                              f"{r['cpu_ns'] / 1000 / max(1, r['packets']):.2f} | {r['p50_ms']:.2f} | {r['p99_ms']:.2f} | {wrong} of {r['sampled']} |")
        return [r for r in rows if r["packets"] * 1000 > r["expected"] * 999]

    HEAD = ["packets/s out | lost | of the core | µs of CPU a packet | delay p50, ms | p99, ms | wrong |", "---|---|---|---|---|---|---|"]

    def lessons(self):
        rows = self.load("lessons", self.a.program, 20, 8, seconds=150)
        joins = [r for r in rows if r["what"] == "join"]
        self.table += ["### Lessons of 31 on one core", "",
                       "In each a teacher with camera (440 kbit/s) and screen (1050 kbit/s), six pupils' small pictures (96 kbit/s each), one of three microphones talks (32 kbit/s); "
                       "everybody gets everything of the others: about 2.1 Mbit/s and 310 packets a second. The delay is from the sender's `send` to the kernel's stamp at the "
                       "receiver's socket: the media process adds all of it but two passes through the loopback. Beginning with 20 lessons, fewer until less than 0.1 % is lost.", "",
                       "| lessons, receivers | " + self.HEAD[0], "|---|" + self.HEAD[1]]
        held = self.hold_rows([r for r in rows if r["what"] == "zvonok"], lambda n: f"{n}, {n * 31}")
        self.table += ["", *(f"Coming in: {r['people']} people, {r['ms_each']:.1f} ms each (ICE, DTLS and all consumers, one after the other)." for r in joins), ""]
        if held:
            best = held[-1]
            self.bench("sfu_lessons", best["round"], "lessons-of-31/core")
            self.bench("sfu_lessons_receivers", best["round"] * 31, "receivers/core")
            self.bench("sfu_lessons_loss", 100 * max(0.0, 1 - best["packets"] / best["expected"]), "%")
            self.bench("sfu_lessons_core", best["cpu_ns"] / 10 / best["wall_us"], "%core")
            self.bench("sfu_lessons_p99", best["p99_ms"], "ms")

    def voices(self):
        rows = self.load("voices", self.a.program, 100, 4, seconds=150)
        self.table += ["### 100 voices in one room", "",
                       "100 people with open microphones, each hears the 99 others. The first column talks at once (50 packets a second of 120 bytes on the wire), the others are "
                       "silent (Opus DTX: a packet every 400 ms); more and more talk, until more than 0.1 % is lost.", "",
                       "| talk | " + self.HEAD[0], "|---|" + self.HEAD[1]]
        held = self.hold_rows(rows, str)
        self.table.append("")
        if held:
            best = held[-1]
            self.bench("sfu_voices", best["round"], "talkers-of-100/core")
            self.bench("sfu_voices_rate", best["packets"] * 1e6 / best["wall_us"], "packets/s")
            self.bench("sfu_voices_cpu", best["cpu_ns"] / 1000 / best["packets"], "µs-cpu/packet")

    def allocations(self):
        rows = self.load("allocations", self.a.program, os.path.abspath(os.path.join(self.a.tools, "liballoc_count.so")), 50, 6, seconds=60)
        for r in rows:
            self.table += ["### Allocations", "",
                           f"malloc, calloc, realloc, aligned_alloc and posix_memalign of the whole process (OpenSSL and jansson too), counted by a library loaded before it: "
                           f"{r['allocations']} while {r['packets']} packets were forwarded, in the {r['windows']} quarters of a second in which no message went to the program; "
                           f"with the other {r['with_messages']}: {r['allocations_of_all']} (the messages' JSON). Until everybody was in: {r['setup'] - r['allocations_of_all']}.", ""]
            self.bench("sfu_allocations", r["allocations"], f"allocations/{r['packets']}-packets")

    def run(self):
        for part in (self.fan, self.lessons, self.voices, self.allocations):
            began = time.time()
            try:
                part()
            except Exception as e:  # the table is to come in any case
                self.failed.append(f"{part.__name__}: {type(e).__name__}: {e}")
            print(f"# {part.__name__}: {time.time() - began:.0f} s", flush=True)
        if self.failed:
            self.table += ["Did not go well: " + "; ".join(self.failed), ""]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("tools")
    p.add_argument("--rounds", type=int, default=6, help="the first one is not counted")
    p.add_argument("--seconds", type=int, default=2, help="of each measurement of one to many")
    p.add_argument("--no-janus", action="store_true")
    a = p.parse_args()
    s = Sfu(a)
    s.run()
    table = [f"What serves is pinned to core 0, senders and receivers to core 1. {datetime.datetime.now().strftime('%H:%M')}, load average {os.getloadavg()[0]:.1f}.", "", *s.table]
    keep("sfu", "bench/sfu.py " + " ".join(["build/src/app/zvonok", "build-bench/bench", *sys.argv[3:]]), table, s.lines)
    print("\n".join(table))
    print("\n".join(s.lines))
    sys.exit(1 if s.failed else 0)


if __name__ == "__main__":
    main()
