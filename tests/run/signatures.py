"""What Databricks documents of its module `pipelines`, as Python functions; each names its page.

Only what a page shows without a keyword may be given without one. Type checkers read this file in
the place of the module, so annotations are as wide as the pages are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    _Query = Callable[[], DataFrame] | None
    _Conf = Mapping[str, str] | None
    _Columns = Sequence[str] | None
    _Listed = Sequence[str | Column] | None
    _Rules = Mapping[str, str] | None

_F = TypeVar("_F", bound=Callable[..., Any])

_DATABRICKS = "https://docs.databricks.com/"
_AZURE = "https://learn.microsoft.com/en-us/azure/databricks/"

PAGES: dict[str, tuple[str, ...]] = {}
"""The pages that each function was written down from."""


def documented_at(*pages: str) -> Callable[[_F], _F]:
    """Note the pages of a function."""

    def note(function: _F) -> _F:
        PAGES[function.__name__] = pages
        return function

    return note


@documented_at(
    f"{_DATABRICKS}aws/dlt-ref/dlt-python-ref-table",
    f"{_DATABRICKS}gcp/en/ldp/developer/ldp-python-ref-replace-flow",
)
def table(
    function: _Query = None,
    /,
    *,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: _Conf = None,
    table_properties: _Conf = None,
    path: str | None = None,
    partition_cols: _Columns = None,
    cluster_by_auto: bool = False,
    cluster_by: _Columns = None,
    schema: str | StructType | None = None,
    row_filter: str | None = None,
    private: bool = False,
    replace_using: _Columns = None,
    sequence_by: str | Column | None = None,
) -> Any: ...


@documented_at(f"{_DATABRICKS}gcp/en/ldp/developer/ldp-python-ref-materialized-view")
def materialized_view(
    function: _Query = None,
    /,
    *,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: _Conf = None,
    table_properties: _Conf = None,
    path: str | None = None,
    partition_cols: _Columns = None,
    cluster_by_auto: bool = False,
    cluster_by: _Columns = None,
    schema: str | StructType | None = None,
    refresh_policy: str | None = None,
    row_filter: str | None = None,
    private: bool = False,
) -> Any: ...


@documented_at(f"{_DATABRICKS}aws/dlt-ref/dlt-python-ref-view")
def temporary_view(
    function: _Query = None, /, *, name: str | None = None, comment: str | None = None
) -> Any: ...


@documented_at(f"{_AZURE}ldp/developer/ldp-python-ref-streaming-table")
def create_streaming_table(
    name: str,
    *,
    comment: str | None = None,
    spark_conf: _Conf = None,
    table_properties: _Conf = None,
    path: str | None = None,
    partition_cols: _Columns = None,
    cluster_by_auto: bool = False,
    cluster_by: _Columns = None,
    schema: str | StructType | None = None,
    expect_all: _Rules = None,
    expect_all_or_drop: _Rules = None,
    expect_all_or_fail: _Rules = None,
    row_filter: str | None = None,
    private: bool = False,
) -> None: ...


@documented_at(
    f"{_AZURE}ldp/developer/ldp-python-ref-append-flow", f"{_DATABRICKS}aws/en/ldp/flows-depends-on"
)
def append_flow(
    *,
    target: str,
    name: str | None = None,
    once: bool = False,
    depends_on: str | Sequence[str] | None = None,
    spark_conf: _Conf = None,
    comment: str | None = None,
    import_checkpoint: str | None = None,
) -> Any: ...


@documented_at(
    f"{_DATABRICKS}aws/en/ldp/developer/ldp-python-ref-update-flow",
    f"{_DATABRICKS}aws/en/ldp/flows-depends-on",
)
def update_flow(
    *,
    target: str,
    name: str | None = None,
    depends_on: str | Sequence[str] | None = None,
    spark_conf: _Conf = None,
    comment: str | None = None,
    import_checkpoint: str | None = None,
) -> Any: ...


@documented_at(f"{_DATABRICKS}gcp/en/ldp/developer/ldp-python-ref-replace-flow")
def replace_flow(
    *,
    target: str,
    replace_using: Sequence[str],
    sequence_by: str | Column,
    name: str | None = None,
    comment: str | None = None,
    spark_conf: _Conf = None,
) -> Any: ...


@documented_at(f"{_DATABRICKS}aws/en/ldp/developer/ldp-python-ref-apply-changes")
def create_auto_cdc_flow(
    *,
    target: str,
    source: str,
    keys: Sequence[str | Column],
    sequence_by: str | Column,
    system_sequence_by: str | Column | None = None,
    ignore_null_updates: bool = False,
    ignore_null_updates_column_list: _Listed = None,
    ignore_null_updates_except_column_list: _Listed = None,
    columns_to_update: Any = None,
    apply_as_deletes: str | Column | None = None,
    apply_as_truncates: str | Column | None = None,
    column_list: _Listed = None,
    except_column_list: _Listed = None,
    stored_as_scd_type: str | int = "1",
    track_history_column_list: _Listed = None,
    track_history_except_column_list: _Listed = None,
    name: str | None = None,
    once: bool = False,
) -> None: ...


@documented_at(f"{_AZURE}ldp/developer/ldp-python-ref-apply-changes-from-snapshot")
def create_auto_cdc_from_snapshot_flow(
    *,
    target: str,
    source: str | Callable[[Any], Any],
    keys: Sequence[str | Column],
    stored_as_scd_type: str | int = "1",
    track_history_column_list: _Listed = None,
    track_history_except_column_list: _Listed = None,
    once: bool = False,
) -> None: ...


@documented_at(f"{_AZURE}ldp/developer/ldp-python-ref-sink")
def create_sink(name: str, format: str, options: _Conf = None) -> None: ...  # noqa: A002  (the platform's name)


@documented_at(f"{_DATABRICKS}gcp/en/ldp/developer/ldp-python-ref-foreach-batch-sink")
def foreach_batch_sink(
    function: Callable[[DataFrame, int], Any] | None = None, /, *, name: str | None = None
) -> Any: ...


_EXPECTATIONS = f"{_DATABRICKS}gcp/dlt-ref/dlt-python-ref-expectations"


@documented_at(_EXPECTATIONS)
def expect(description: str, constraint: str) -> Any: ...


@documented_at(_EXPECTATIONS)
def expect_or_drop(description: str, constraint: str) -> Any: ...


@documented_at(_EXPECTATIONS)
def expect_or_fail(description: str, constraint: str) -> Any: ...


@documented_at(_EXPECTATIONS)
def expect_all(expectations: Mapping[str, str], /) -> Any: ...


@documented_at(_EXPECTATIONS)
def expect_all_or_drop(expectations: Mapping[str, str], /) -> Any: ...


@documented_at(_EXPECTATIONS)
def expect_all_or_fail(expectations: Mapping[str, str], /) -> Any: ...


@documented_at("https://docs.azure.cn/en-us/databricks/ldp/event-hooks")
def on_event_hook(
    function: Callable[[Mapping[str, Any]], Any] | None = None,
    /,
    *,
    max_allowable_consecutive_failures: int | None = None,
) -> Any: ...


FORMER_NAMES: Mapping[str, Callable[..., Any]] = {
    "apply_changes": create_auto_cdc_flow,
    "apply_changes_from_snapshot": create_auto_cdc_from_snapshot_flow,
    "create_streaming_live_table": create_streaming_table,
    "create_target_table": create_streaming_table,
    "view": temporary_view,
}
"""Names that pages call older or replaced; they name what to use instead."""


def documented() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every documented name with its function."""
    for name in PAGES:
        yield name, globals()[name]
    yield from FORMER_NAMES.items()
