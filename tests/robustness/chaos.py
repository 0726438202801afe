"""The chaos run: clients write while the processes of the stack are struck; then everything promised is looked for."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import ports
from tests.robustness import plan, processes
from tests.robustness.journal import Audit, Journal, Key, Value, audit
from tests.robustness.strikes import Striker
from tests.robustness.writers.base import Surroundings, Writer
from tests.robustness.writers.experiments import ApiWriter, CommandWriter, ExperimentWriter, staged_by_runs
from tests.robustness.writers.objects import ObjectWriter
from tests.robustness.writers.sql import RedshiftWriter, SnowflakeWriter

from dw_simulator.config.settings import load_settings
from dw_simulator.experiments import ExperimentService
from dw_simulator.metadata import ExperimentState
from dw_simulator.stack import state
from dw_simulator.staging import connect_stage
from dw_simulator.testing.stack import environment_of, run_dw_sim

# Before threads do: pytest rewrites them, and the parser of Python 3.11 fails when two threads parse at once.
from dw_simulator.warehouses import redshift, snowflake  # noqa: F401

WRITERS: tuple[type[Writer], ...] = (
    ObjectWriter,
    ObjectWriter,
    RedshiftWriter,
    RedshiftWriter,
    RedshiftWriter,
    SnowflakeWriter,
    SnowflakeWriter,
    SnowflakeWriter,
    CommandWriter,
    ApiWriter,
)
KINDS = ("redshift insert", "redshift COPY", "snowflake insert", "snowflake COPY", "S3 put")
"""Operations that every store must acknowledge again after the last strike."""
WORK_LIMIT = 60.0
HEALTHY_LIMIT = 90.0
JOIN_LIMIT = 150.0


@dataclass
class Report:
    """What a run did and found; ``strikes`` by target and signal."""

    seed: int
    seconds: float
    strikes: dict[str, int] = field(default_factory=dict)
    restarts: list[float] = field(default_factory=list)
    audit: Audit = field(default_factory=Audit)
    failures: dict[str, dict[str, int]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        return [*self.complaints, *self.audit.problems]

    def summary(self) -> str:
        found = self.audit
        struck: Counter[str] = Counter()
        for name, count in self.strikes.items():
            struck[name.split()[0]] += count
        outcomes: Counter[str] = Counter()
        for counts in found.operations.values():
            outcomes.update(counts)
        return "\n".join(
            (
                f"chaos, {self.seconds:.0f} s of load, seed {self.seed}",
                f"  strikes      {sum(struck.values())}: " + ", ".join(f"{k} {n}" for k, n in sorted(struck.items())),
                "  operations   " + ", ".join(f"{n:,} {name}" for name, n in sorted(outcomes.items())),
                f"  checked      {found.facts:,} facts, {found.rows:,} rows",
                f"  in doubt     {found.in_doubt_done} of {outcomes['in doubt']} turned out to be done",
                f"  lost {found.lost}, doubled {found.doubled}, torn {found.torn}, wrong {found.wrong},"
                f" strays {found.strays}",
            )
        )

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {**self.__dict__, "audit": self.audit.as_dict()}
        path.write_text(json.dumps(document, indent=2) + "\n")


class Chaos:
    """One run in a home of its own."""

    def __init__(self, home: Path, *, seconds: float, seed: int) -> None:
        self.home = home
        self.report = Report(seed, seconds)
        base = ports(5)
        self._up = ["up", "--detach", f"--port-base={base}"]
        # Fixed addresses: what runs while the stack is down must find it again, and no other stack.
        chosen = {name: base + place for place, name in enumerate(("s3", "snowflake", "redshift", "api"))}
        self._environment = environment_of(home) | {
            f"DW_SIMULATOR_{name.upper()}_PORT": str(port) for name, port in chosen.items()
        }
        self._settings = load_settings({"home": home, **{name: {"port": port} for name, port in chosen.items()}})
        home.mkdir(parents=True)
        self._journal = Journal(home / "journal.jsonl")
        around = Surroundings(self._settings, home, self._journal, self._environment)
        self._writers = [kind(around, number, seed) for number, kind in enumerate(WRITERS, start=1)]

    def run(self) -> Report:
        run_dw_sim(self.home, *self._up)
        try:
            self._set_up()
            self._storm()
            found = self._found()
            self.report.audit = audit(self._journal.operations, found)
            self._look_at_experiments()
            self._look_at_files()
            self._restart_and_look(found)
        finally:
            run_dw_sim(self.home, "down", check=False)
            self._journal.close()
        self._look_for_processes()
        return self.report

    # --- the storm ---
    def _set_up(self) -> None:
        ObjectWriter.make_bucket(self._settings)
        for kind in (RedshiftWriter, SnowflakeWriter):
            next(writer for writer in self._writers if isinstance(writer, kind)).make_tables()
        for writer in self._writers:
            writer.set_up()

    def _storm(self) -> None:
        striker = Striker(self.home, plan.strikes(self.report.seed), self._jobs, self._up)
        with self._in_threads([writer.run for writer in self._writers]):
            with self._in_threads([striker.run]):
                time.sleep(self.report.seconds)
            self._await_health()
            self._await_work()
        self.report.strikes = {f"{target} {name}": count for (target, name), count in sorted(striker.done.items())}
        self.report.restarts = striker.restarts
        self.report.failures = {writer.name: dict(writer.failures.most_common()) for writer in self._writers}

    @contextmanager
    def _in_threads(self, works: list[Callable[[threading.Event], None]]) -> Iterator[None]:
        """Run ``works`` beside the block; at its end tell them to stop and wait. An error of theirs is a complaint."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._guarded, args=(work, stop), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            give_up_at = time.monotonic() + JOIN_LIMIT
            for thread in threads:
                thread.join(max(0.0, give_up_at - time.monotonic()))
            if any(thread.is_alive() for thread in threads):
                self._complain(f"a client did not come to an end within {JOIN_LIMIT:.0f} s")

    def _guarded(self, work: Callable[[threading.Event], None], stop: threading.Event) -> None:
        try:
            work(stop)
        except BaseException:  # noqa: BLE001 - the run goes on; the test fails with it at the end
            self._complain(traceback.format_exc())

    def _jobs(self) -> list[int]:
        return [w.pid for w in self._writers if isinstance(w, CommandWriter) and w.pid is not None]

    def _await_health(self) -> None:
        give_up_at = time.monotonic() + HEALTHY_LIMIT
        while not self._healthy():
            if time.monotonic() > give_up_at:
                shown = run_dw_sim(self.home, "status", check=False).stdout
                self._complain(f"not all services are well {HEALTHY_LIMIT:.0f} s after the last strike:\n{shown}")
                return
            time.sleep(0.1)

    def _await_work(self) -> None:
        """Every kind of client gets something done again, without help."""
        before, waiting = len(self._journal.operations), set(KINDS)
        give_up_at = time.monotonic() + WORK_LIMIT
        while waiting and time.monotonic() < give_up_at:
            time.sleep(0.2)
            waiting -= {operation.kind for operation in self._journal.operations[before:] if operation.is_acknowledged}
        for kind in sorted(waiting):
            self._complain(f"no {kind} was acknowledged within {WORK_LIMIT:.0f} s after all services were well")

    def _healthy(self) -> bool:
        record = state.read_record(self._settings)
        return (
            record is not None
            and state.supervisor_pid(self._settings) is not None
            and state.all_running(record.services)
        )

    # --- what is there ---
    def _found(self) -> dict[Key, Value]:
        facts: dict[Key, Value] = {}
        for kind in (RedshiftWriter, SnowflakeWriter, ObjectWriter):
            facts |= next(writer for writer in self._writers if isinstance(writer, kind)).found()
        for writer in self._writers:
            if isinstance(writer, ExperimentWriter):
                facts |= writer.found()
        return facts

    def _look_at_experiments(self) -> None:
        """Every experiment, whatever happened to it, can be generated and loaded again, in whole."""
        service = ExperimentService(self._settings)
        with closing(service):
            for record in service.experiments():
                if record.state is not ExperimentState.READY:
                    self._complain(f"experiment {record.name} is {record.state}")
                service.generate(record.name)
                if errors := service.load(record.name).errors:
                    self._complain(f"experiment {record.name} cannot be loaded again: {errors}")
                wanted = {table.name: table.target_rows for table in record.experiment.tables}
                for warehouse in record.experiment.target_warehouse:
                    if (counts := service.row_counts(record.name, warehouse)) != wanted:
                        self._complain(f"experiment {record.name} in {warehouse}: {counts} instead of {wanted}")

    def _look_at_files(self) -> None:
        owned, complaints = staged_by_runs(self.home)
        self.report.complaints += complaints
        with closing(connect_stage(self._settings)) as stage:
            staged = {file.uri for file in stage.list(f"{self._settings.stage.prefix}/")}
        if staged != owned:
            self._complain(f"staged files without a completed run: {sorted(staged - owned)[:20]}")
            self._complain(f"files of completed runs that are not there: {sorted(owned - staged)[:20]}")

    def _restart_and_look(self, found: dict[Key, Value]) -> None:
        """A graceful stop and start changes nothing."""
        run_dw_sim(self.home, "down")
        run_dw_sim(self.home, *self._up)
        again = self._found()
        experiments = {
            name for writer in self._writers if isinstance(writer, ExperimentWriter) for name in writer.names
        }
        changed = [key for key in found.keys() | again.keys() if found.get(key) != again.get(key)]
        for key in changed:
            if key[1] not in experiments:
                self._complain(f"{key} was {found.get(key)} before a graceful stop and start, and is {again.get(key)}")

    def _look_for_processes(self) -> None:
        left = processes.marked(self.home)
        if left:
            self._complain(f"processes that outlive `dw-sim down`: {left}")
        for path in sorted(self._settings.log_dir.glob("*.log*")):
            for line in path.read_text(errors="replace").splitlines():
                if "Traceback" in line:
                    self._complain(f"{path.name}: {line[-1500:]}")

    def _complain(self, text: str) -> None:
        self.report.complaints.append(text)
