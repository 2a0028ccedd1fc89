#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a bench against its limit, alternately, and keeps the table.

  run.py fanout PROGRAM TOOLS [--reps 3] [--seconds 4]    PROGRAM: zvonok, TOOLS: folder of load and limit_*
  run.py fanout-tls PROGRAM TOOLS                         the same over TLS 1.3
  run.py ingest PROGRAM TOOLS [--reps 3] [--seconds 8]

Fan-out pins the server to core 0 and the load client to core 1; ingest leaves both to the scheduler, as the writer, the loops and
the client need both cores. Ratios are medians of ratios within one repetition, because the machine's speed wanders.
"""
import argparse
import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PORT, METRICS = 18480, 18481
RESULTS = os.path.join(HERE, "RESULTS.md")


def pinned(core, command):
    return ["taskset", "-c", str(core), *command] if core is not None else command


class Server:
    """zvonok or a limit program, started and stopped around one measurement."""

    def __init__(self, command, core):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(pinned(core, command), stdout=self.log, stderr=subprocess.STDOUT)
        deadline = time.time() + 20
        while not self.answers():
            if self.process.poll() is not None or time.time() > deadline:
                self.log.seek(0)
                sys.exit("bench: the server did not start:\n" + self.log.read().decode())
            time.sleep(0.05)
        time.sleep(0.3)

    def answers(self):
        import socket
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", PORT)) == 0

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def metric(text, name):
    for line in text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    return 0.0


class Bench:
    def __init__(self, args):
        self.a = args
        self.load = os.path.join(args.tools, "load")
        self.work = tempfile.mkdtemp(prefix="zvonok-bench-", dir=os.environ.get("BENCH_TMP"))
        self.lines = []

    def zvonok(self, data, core, tls=False):
        command = [self.a.program, "serve", "--data", data, "--listen", f"127.0.0.1:{PORT}", "--metrics-listen", f"127.0.0.1:{METRICS}",
                   "--rate-limit", "0", "--log-level", "warn"]
        if core is not None:
            command += ["--loops", "1"]
        if tls:
            command += ["--tls-cert", self.cert, "--tls-key", self.key]
        return Server(command, core)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics") as answer:
            return answer.read().decode()

    def make_store(self, name, *seed):
        """A store with zvonok's own schema, then people and chats."""
        data = os.path.join(self.work, name)
        server = self.zvonok(data, None)
        server.stop()
        subprocess.run([sys.executable, os.path.join(HERE, "seed.py"), os.path.join(data, "zvonok.sqlite"), *seed, data], check=True)
        return data

    def make_certificate(self):
        self.cert, self.key = os.path.join(self.work, "cert.pem"), os.path.join(self.work, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                        "-days", "30", "-keyout", self.key, "-out", self.cert], check=True, stderr=subprocess.DEVNULL)

    def run_load(self, mode, n, server, kind, seconds, *more, core=1):
        command = [self.load, mode, str(PORT), str(n), kind, str(server.pid), str(seconds), *more]
        done = subprocess.run(pinned(core, command), stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"bench: {' '.join(command)} ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout)

    def bench(self, name, value, unit, ratio_to=None, limit=None, ratio=None):
        line = f"BENCH {name} {value:.6g} {unit}"
        if ratio_to:
            line += f" ratio-to {ratio_to} {ratio:.3f}"
        self.lines.append(line)

    # --- fan-out

    def one(self, kind, n, tls, seconds, more, frame):
        if kind == "zvonok":
            server = self.zvonok(self.fan_data, 0, tls)
            more = [*more, "--tokens", os.path.join(self.fan_data, "tokens"), "--chat", "1", "--cookie", "__Host-zvonok" if tls else "zvonok"]
        else:
            server = Server([os.path.join(self.a.tools, "limit_fanout"), str(PORT), str(frame), *([self.cert, self.key] if tls else [])], 0)
        try:
            return self.run_load("fanout", n, server, kind, seconds, *more, *(["--tls"] if tls else []))
        finally:
            server.stop()

    def fanout(self):
        return self.fanout_of(((1000, False), (5000, False), (10000, False)))

    def fanout_tls(self):
        return self.fanout_of(((1000, True), (5000, True), (9900, True)))

    def fanout_of(self, shapes):
        self.fan_data = self.make_store("fanout", "fanout", "10000")
        self.make_certificate()
        probe = self.one("zvonok", 100, False, 1, [], 0)
        frame = probe["frame_bytes"]
        rows = []
        for n, tls in (s for s in shapes if self.a.members in (None, s[0])):
            calibration = self.one("zvonok", n, tls, 1, [], frame)
            rate = 0.5e6 / calibration["w1_cpu_us"]
            reps = []
            for rep in range(self.a.reps):
                more = ["--rate", f"{rate:.0f}"] + (["--pings"] if n == 10000 and rep == 0 else [])
                pair = {}
                for kind in ("limit", "zvonok") if rep % 2 else ("zvonok", "limit"):
                    pair[kind] = self.one(kind, n, tls, self.a.seconds, more, frame)
                reps.append(pair)
                print(f"# {n} {'tls' if tls else 'plain'} repetition {rep + 1}: " + ", ".join(
                    f"{key} {pair['zvonok'][key] / pair['limit'][key]:.2f}" for key in ("w1_per_cpu_s", "w16_per_cpu_s", "lat_p99_ms")), flush=True)
            rows.append((n, tls, reps))
            self.fanout_lines(n, tls, reps)
        return self.fanout_table(rows, frame)

    def fanout_lines(self, n, tls, reps):
        name = f"fanout_{n // 1000 if n != 9900 else 10}k{'_tls' if tls else ''}"
        for key, suffix in (("w1_per_cpu_s", "single"), ("w16_per_cpu_s", "burst16")):
            label = name if tls and suffix == "single" else f"{name}_{suffix}"
            limit = statistics.median(r["limit"][key] for r in reps)
            ours = statistics.median(r["zvonok"][key] for r in reps)
            ratio = statistics.median(r["zvonok"][key] / r["limit"][key] for r in reps)
            self.bench("limit_" + label, limit, "deliveries/cpu-s")
            self.bench(label, ours, "deliveries/cpu-s", "limit_" + label, limit, ratio)
        ratio = statistics.median(r["zvonok"]["lat_p99_ms"] / r["limit"]["lat_p99_ms"] for r in reps)
        self.bench(f"limit_{name}_p99", statistics.median(r["limit"]["lat_p99_ms"] for r in reps), "ms")
        self.bench(f"{name}_p99", statistics.median(r["zvonok"]["lat_p99_ms"] for r in reps), "ms", f"limit_{name}_p99", None, ratio)
        self.bench(f"{name}_memory", statistics.median(r["zvonok"]["rss_per_conn"] for r in reps), "bytes/connection")
        if "ping_cpu_pct" in reps[0]["zvonok"]:
            ours, limit = reps[0]["zvonok"], reps[0]["limit"]
            assert ours["pongs"] == ours["pings"]
            self.bench(f"limit_{name}_pings", limit["ping_cpu_pct"], "%core")
            self.bench(f"{name}_pings", ours["ping_cpu_pct"], "%core", f"limit_{name}_pings", None,
                       ours["ping_cpu_pct"] / max(limit["ping_cpu_pct"], 1e-6))

    def fanout_table(self, rows, frame):
        out = [f"Frames of {frame} bytes on the wire (a 300-byte text with its envelope); the limit sends frames of the same size.", "",
               "| members | | one in flight, µs | limit | ratio | 16 in flight, µs | limit | ratio | p99, ms | limit | memory, B |",
               "|---|---|---|---|---|---|---|---|---|---|---|"]
        for n, tls, reps in rows:
            def m(kind, key):
                return statistics.median(r[kind][key] for r in reps)

            def q(key):
                return statistics.median(r["limit"][key] / r["zvonok"][key] for r in reps)
            out.append(f"| {n} | {'TLS 1.3' if tls else 'plain'} | {m('zvonok', 'w1_cpu_us'):.2f} | {m('limit', 'w1_cpu_us'):.2f} | {q('w1_cpu_us'):.2f} "
                       f"| {m('zvonok', 'w16_cpu_us'):.2f} | {m('limit', 'w16_cpu_us'):.2f} | {q('w16_cpu_us'):.2f} "
                       f"| {m('zvonok', 'lat_p99_ms'):.1f} | {m('limit', 'lat_p99_ms'):.1f} | {m('zvonok', 'rss_per_conn'):.0f} |")
        return out

    # --- ingest

    def ingest(self):
        data = self.make_store("ingest", "ingest")
        rows = []
        for flight in (64, 512):
            reps = []
            for rep in range(self.a.reps):
                run = os.path.join(self.work, "run")
                shutil.rmtree(run, ignore_errors=True)
                shutil.copytree(data, run)
                server = self.zvonok(run, None)
                ours = self.run_load("ingest", 600, server, "zvonok", self.a.seconds, "--tokens", os.path.join(run, "tokens"), "--chats",
                                     os.path.join(run, "places"), "--flight", str(flight), core=None)
                text = self.metrics()
                server.stop()
                group = max(1, round(metric(text, "zvonok_store_writes_total") / metric(text, "zvonok_store_batches_total")))
                shutil.rmtree(run)
                shutil.copytree(data, run)
                limit = json.loads(subprocess.run([os.path.join(self.a.tools, "limit_ingest"), os.path.join(run, "zvonok.sqlite"),
                                                   os.path.join(run, "people"), str(group), str(self.a.seconds)],
                                                  check=True, stdout=subprocess.PIPE, text=True).stdout)
                reps.append((ours, limit["per_s"], group))
                print(f"# {flight} in flight, repetition {rep + 1}: {ours['acked_per_s'] / limit['per_s']:.2f} (group {group})", flush=True)
            value = statistics.median(o["acked_per_s"] for o, _, _ in reps)
            bound = statistics.median(x for _, x, _ in reps)
            ratio = statistics.median(o["acked_per_s"] / x for o, x, _ in reps)
            self.bench(f"limit_ingest_{flight}", bound, "messages/s")
            self.bench(f"ingest_{flight}", value, "messages/s", f"limit_ingest_{flight}", bound, ratio)
            rows.append((flight, reps, ratio))
        out = ["| in flight | acknowledged messages/s | deliveries/s | bare SQLite loop | ratio | group | mean wait, ms |", "|---|---|---|---|---|---|---|"]
        for flight, reps, ratio in rows:
            out.append("| %d | %.0f | %.0f | %.0f | %.2f | %d | %.1f |" % (
                flight, statistics.median(o["acked_per_s"] for o, _, _ in reps), statistics.median(o["deliveries_per_s"] for o, _, _ in reps),
                statistics.median(x for _, x, _ in reps), ratio, statistics.median(g for _, _, g in reps),
                statistics.median(o["ack_mean_ms"] for o, _, _ in reps)))
        return out


def keep(what, command, table, lines):
    """Replaces this bench's section of RESULTS.md."""
    text = open(RESULTS, encoding="utf-8").read() if os.path.exists(RESULTS) else "# Results\n\nThe last table of each bench; made by the bench itself.\n"
    start, end = f"<!-- {what} -->", f"<!-- /{what} -->"
    body = "\n".join([start, f"## {what}", "", f"{datetime.date.today().isoformat()}, {os.cpu_count()} cores, `{command}`", "", *table, "", "```", *lines, "```", end])
    if start in text:
        text = text[:text.index(start)] + body + text[text.index(end) + len(end):]
    else:
        text = text.rstrip() + "\n\n" + body + "\n"
    with open(RESULTS, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["fanout", "fanout-tls", "ingest"])
    p.add_argument("program")
    p.add_argument("tools")
    p.add_argument("--reps", type=int, default=3)
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--members", type=int, help="fan-out to this many only")
    a = p.parse_args()
    b = Bench(a)
    try:
        table = getattr(b, a.what.replace("-", "_"))()
    finally:
        shutil.rmtree(b.work, ignore_errors=True)
    keep(a.what, "bench/run.py " + " ".join([a.what, "build/src/app/zvonok", "build-bench/bench", *sys.argv[4:]]), table, b.lines)
    print("\n".join(table))
    print("\n".join(b.lines))


if __name__ == "__main__":
    main()
