"""A run that writes: what it gives to commands that go on from there."""

from __future__ import annotations

from pathlib import Path

from lhp.cli.regenerate import regenerate
from lhp.cli.session import Session
from lhp.passes.run import Wanted

FLOWGROUP = """\
pipeline: p
flowgroup: letters
actions:
  - name: load_letters
    type: load
    source: {type: kafka, bootstrap_servers: "host:1", subscribe: letters}
    target: v_letters
  - name: write_letters
    type: write
    source: v_letters
    write_target: {type: streaming_table, catalog: c, schema: s, table: letters}
"""


def test_what_flowgroups_make_is_known_also_when_nothing_changed(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "lhp.yaml").write_text("name: post\n", encoding="utf-8")
    (tmp_path / "pipelines/letters.yaml").write_text(FLOWGROUP, encoding="utf-8")
    (tmp_path / "substitutions").mkdir()
    (tmp_path / "substitutions/dev.yaml").write_text("dev: {}\n", encoding="utf-8")
    wanted = Wanted("dev", recalls=True, wants_built=True)

    first, again = (
        regenerate(Session(folder=tmp_path), wanted, is_plan=False, force=False) for _ in range(2)
    )

    assert first.planned.pending != ()
    assert [*again.planned.pending] == []
    for done in (first, again):
        (made,) = done.built
        load, write = made.steps
        assert load.facts.needs == {"formats": ["kafka"]}
        assert write.facts.table == "c.s.letters"
        assert str(load.at()) == "pipelines/letters.yaml:4:5"
        assert [output.path for output in made.outputs] == ["generated/dev/p/letters.py"]
