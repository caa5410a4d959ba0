"""CQL2 (21-065r2), annex A: the encodings, and comparisons of every kind.

The suite's own data are no part of a feed of beats, so tests named test-data hold the same
predicates, on the small release, to what its rows say in plain Python.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cql2
import cql2_predicates as predicates
import pytest
from cql2_predicates import VALUES, check_logical, check_rows, unlike
from ogc import GEOMETRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ogc import Feed


def test_cql2_text_01_validate(feed: Feed) -> None:
    """/conf/cql2-text/validate: /req/cql2-text/basic-cql2."""
    for name, texts in predicates.every(feed).items():
        for text in texts:
            assert not feed.refused(name, filter=text, filter_lang="cql2-text", limit="1"), text


def test_cql2_text_02_escaping(feed: Feed) -> None:
    """/conf/cql2-text/escaping: /req/cql2-text/escaping."""
    everything = set(feed.ids("beats"))
    for written, pattern in {
        "it''s": "it_s",
        r"it\'s": "it_s",
        r"a\\b": "a_b",
        r"\a\b\t\n\v\f\r": "_______",
    }.items():
        assert feed.pass_("beats", f"'{written}' LIKE '{pattern}'") == everything
        assert feed.pass_("beats", f"'{written}' = '{written}'") == everything
    for name, letter in zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True):
        assert feed.pass_("beats", rf"'\{name}' = '{letter}'") == everything
        assert feed.pass_("beats", rf"'\{name}' = '{name}'") == set()


def test_cql2_json_03_validate(feed: Feed) -> None:
    """/conf/cql2-json/validate: /req/cql2-json/basic-cql2.

    Each predicate of this suite, turned into JSON by the library `cql2`, finds the same.
    """
    for name, texts in predicates.every(feed).items():
        for text in texts:
            tree = json.dumps(cql2.parse_text(text).to_json())
            found = feed.page(name, filter=tree, filter_lang="cql2-json", limit="1")
            wanted = feed.page(name, filter=text, filter_lang="cql2-text", limit="1")
            assert found["numberMatched"] == wanted["numberMatched"], text
            assert found["features"] == wanted["features"]


def test_basic_cql2_04_basic_test(feed: Feed) -> None:
    """/conf/basic-cql2/basic-test: no requirement of its own."""
    assert feed.queryables
    for queryables in feed.queryables.values():
        assert set(queryables.values()) <= {*VALUES, GEOMETRY}
        assert set(queryables.values()) & set(VALUES)


def test_basic_cql2_05_comparison(feed: Feed) -> None:
    """/conf/basic-cql2/comparison: /req/basic-cql2/cql2-filter, /req/basic-cql2/property."""
    for name, queryable, kind in feed.of_kind(*VALUES):
        found = {
            sign: feed.pass_(name, f"{queryable} {sign} {VALUES[kind]}")
            for sign in ("=", "<>", ">", "<", ">=", "<=")
        }
        assert not found["="] & found["<>"]
        assert not found[">"] & found["<="]
        assert not found["<"] & found[">="]
        assert found["="] == found[">="] & found["<="]


def test_basic_cql2_06_is_null(feed: Feed) -> None:
    """/conf/basic-cql2/is-null: /req/basic-cql2/null-predicate, /req/basic-cql2/property."""
    for name, queryable, _ in feed.of_kind(*VALUES, GEOMETRY):
        empty = feed.pass_(name, f"{queryable} IS NULL")
        full = feed.pass_(name, f"{queryable} is not null")
        assert not empty & full
        assert empty | full == set(feed.ids(name))


def test_basic_cql2_07_boolean(feed: Feed) -> None:
    """/conf/basic-cql2/boolean: /req/basic-cql2/cql2-filter."""
    for name in feed.collections:
        assert feed.pass_(name, "true") == set(feed.ids(name))
        assert feed.pass_(name, "false") == set()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("area_id='S-5'", lambda p: p["area_id"] == "S-5"),
        ("area_id>='S-5'", lambda p: p["area_id"] >= "S-5"),
        ("area_id>'S-5'", lambda p: p["area_id"] > "S-5"),
        ("area_id<='S-5'", lambda p: p["area_id"] <= "S-5"),
        ("area_id<'S-5'", lambda p: p["area_id"] < "S-5"),
        ("area_id<>'S-5'", lambda p: p["area_id"] != "S-5"),
        ("n_reports=12", lambda p: p["n_reports"] == 12),
        ("n_reports>=12", lambda p: p["n_reports"] >= 12),
        ("n_reports<12", lambda p: p["n_reports"] < 12),
        ("n_reports<>12", lambda p: p["n_reports"] != 12),
        ("rate_per_1000>5.5", lambda p: (p["rate_per_1000"] or 0) > 5.5),
        ("rate_per_1000<>5.5", lambda p: p["rate_per_1000"] not in {None, 5.5}),
        ("rate_per_1000 IS NULL", lambda p: p["rate_per_1000"] is None),
        ("parent_id IS NOT NULL", lambda p: p["parent_id"] is not None),
        ("period_start=DATE('2026-02-01')", lambda p: p["period_start"] == "2026-02-01"),
        ("period_start>DATE('2025-08-01')", lambda p: p["period_start"] > "2025-08-01"),
        ("period_start<>DATE('2026-02-01')", lambda p: p["period_start"] != "2026-02-01"),
        ("low_information=true", lambda p: p["low_information"] is True),
        ("low_information=false", lambda p: p["low_information"] is False),
    ],
)
def test_basic_cql2_08_test_data(feed: Feed, text: str, holds: Callable[[Any], bool]) -> None:
    """/conf/basic-cql2/test-data:
    /req/basic-cql2/cql2-filter, /req/basic-cql2/binary-comparison-predicate.
    """
    check_rows(feed, text, holds)


def test_basic_cql2_09_logical(feed: Feed) -> None:
    """/conf/basic-cql2/logical: /req/basic-cql2/cql2-filter."""
    check_logical(feed, predicates.basic)


def test_advanced_comparison_operators_10_like(feed: Feed) -> None:
    """/conf/advanced-comparison-operators/like:
    /req/advanced-comparison-operators/like-predicate.
    """
    for name, queryable, _ in feed.of_kind("string"):
        some, none = (feed.pass_(name, f"{queryable} like {each}") for each in ("'_%'", "''"))
        assert not some & none
        everything = feed.pass_(name, f"{queryable} LIKE '%'")
        assert everything == feed.pass_(name, f"{queryable} like '%%'") == some | none
        assert feed.pass_(name, rf"{queryable} like '\\%\\_'") == set()


def test_advanced_comparison_operators_11_between(feed: Feed) -> None:
    """/conf/advanced-comparison-operators/between:
    /req/advanced-comparison-operators/between-predicate.
    """
    for name, queryable, _ in feed.of_kind("integer", "number"):
        found = feed.pass_(name, f"{queryable} BETWEEN 0 AND 100")
        assert found == feed.pass_(name, f"{queryable} >= 0 AND {queryable} <= 100")
        assert feed.pass_(name, f"{queryable} between 100.0 and 1.0") == set()


def test_advanced_comparison_operators_12_in(feed: Feed) -> None:
    """/conf/advanced-comparison-operators/in: /req/advanced-comparison-operators/in-predicate."""
    for name, queryable, kind in feed.of_kind(*VALUES):
        members = predicates.MEMBERS[kind]
        either = " OR ".join(f"{queryable} = {each}" for each in members)
        found = feed.pass_(name, f"{queryable} IN ({', '.join(members)})")
        assert found == feed.pass_(name, either)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("area_name LIKE 'A_ea%'", lambda p: p["area_name"].startswith("Area")),
        ("area_name NOT LIKE 'A_ea%'", lambda p: not p["area_name"].startswith("Area")),
        ("n_reports between 10 and 20", lambda p: 10 <= p["n_reports"] <= 20),
        ("n_reports not between 10 and 20", lambda p: not 10 <= p["n_reports"] <= 20),
        ("area_id IN ('S-1','s-2','K1','x')", lambda p: p["area_id"] in {"S-1", "K1"}),
        ("area_id NOT IN ('S-1','s-2','K1')", lambda p: p["area_id"] not in {"S-1", "K1"}),
        ("n_reports in (3,4,1000)", lambda p: p["n_reports"] in {3, 4}),
        ("n_reports not in (3,4,1000)", lambda p: p["n_reports"] not in {3, 4}),
        (
            "period_start in (DATE('2026-02-01'),DATE('2026-02-02'))",
            lambda p: p["period_start"] == "2026-02-01",
        ),
        (
            "period_start not in (DATE('2026-02-01'),DATE('2026-02-02'))",
            lambda p: p["period_start"] != "2026-02-01",
        ),
        ("low_information in (true)", lambda p: p["low_information"]),
        ("low_information not in (false)", lambda p: p["low_information"]),
    ],
)
def test_advanced_comparison_operators_13_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/advanced-comparison-operators/test-data:
    /req/advanced-comparison-operators/like-predicate.
    """
    check_rows(feed, text, holds)


def test_advanced_comparison_operators_14_logical(feed: Feed) -> None:
    """/conf/advanced-comparison-operators/logical: no requirement of its own."""
    check_logical(feed, predicates.advanced)


def test_case_insensitive_comparison_15_casei(feed: Feed) -> None:
    """/conf/case-insensitive-comparison/casei: /req/case-insensitive-comparison/casei-function."""
    for name, queryable, _ in feed.of_kind("string"):
        unlike(feed, name, f"CASEI({queryable}) = casei('foo')",
               f"CASEI({queryable}) <> casei('FOO')")  # fmt: skip


def test_case_insensitive_comparison_16_casei_like(feed: Feed) -> None:
    """/conf/case-insensitive-comparison/casei-like:
    /req/case-insensitive-comparison/casei-function.
    """
    for name, queryable, _ in feed.of_kind("string"):
        for low, high in (("foo%", "FOO%"), ("a%", "A%"), ("s-_", "S-_")):
            found = feed.pass_(name, f"CASEI({queryable}) LIKE casei('{low}')")
            assert found == feed.pass_(name, f"CASEI({queryable}) LIKE casei('{high}')")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("CASEI(area_id)=casei('s-5')", lambda p: p["area_id"] == "S-5"),
        ("CASEI(area_id)=casei('S-5')", lambda p: p["area_id"] == "S-5"),
        ("CASEI(area_id)='S-5'", lambda _: False),
        ("CASEI(area_name) LIKE casei('aRE_ 5')", lambda p: p["area_name"] == "Area 5"),
        ("CASEI(area_name) LIKE casei('area%')", lambda p: p["area_name"].startswith("Area")),
        ("CASEI(area_id) IN (casei('s-1'), casei('k1'))", lambda p: p["area_id"] in {"S-1", "K1"}),
        ("CASEI('KØBENHAVN')=casei('københavn')", lambda _: True),
    ],
)
def test_case_insensitive_comparison_17_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/case-insensitive-comparison/test-data:
    /req/case-insensitive-comparison/casei-function.
    """
    check_rows(feed, text, holds)


def test_case_insensitive_comparison_18_logical(feed: Feed) -> None:
    """/conf/case-insensitive-comparison/logical: no requirement of its own."""
    check_logical(feed, predicates.caseless)


def test_accent_insensitive_comparison_19_accenti(feed: Feed) -> None:
    """/conf/accent-insensitive-comparison/accenti:
    /req/accent-insensitive-comparison/accenti-function.
    """
    for name, queryable, _ in feed.of_kind("string"):
        unlike(feed, name, f"ACCENTI({queryable}) = accenti('äöüéáí')",
               f"ACCENTI({queryable}) <> accenti('aoueai')")  # fmt: skip


def same_with_accents(feed: Feed, template: str, *, accented: str, bare: str) -> None:
    for name, queryable, _ in feed.of_kind("string"):
        found = feed.pass_(name, template.format(queryable, accented))
        assert found == feed.pass_(name, template.format(queryable, bare))


def test_accent_insensitive_comparison_20_accenti_like(feed: Feed) -> None:
    """/conf/accent-insensitive-comparison/accenti-like:
    /req/accent-insensitive-comparison/accenti-function.
    """
    same_with_accents(feed, "ACCENTI({}) LIKE accenti('{}')", accented="Ä%", bare="A%")


def test_accent_insensitive_comparison_21_accenti_casei(feed: Feed) -> None:
    """/conf/accent-insensitive-comparison/accenti-casei:
    /req/accent-insensitive-comparison/accenti-function.
    """
    template = "ACCENTI(CASEI({})) = accenti(casei('{}'))"
    same_with_accents(feed, template, accented="ÄÉ", bare="ae")
    same_with_accents(feed, template, accented="Ś-5", bare="s-5")


def test_accent_insensitive_comparison_22_accenti_casei_like(feed: Feed) -> None:
    """/conf/accent-insensitive-comparison/accenti-casei-like:
    /req/accent-insensitive-comparison/accenti-function.
    """
    template = "ACCENTI(CASEI({})) LIKE accenti(casei('{}'))"
    same_with_accents(feed, template, accented="Ä%", bare="a%")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ACCENTI(area_id)=accenti('Ś-5')", lambda p: p["area_id"] == "S-5"),
        ("ACCENTI(area_id)=accenti('ś-5')", lambda _: False),
        ("ACCENTI(CASEI(area_id))=accenti(casei('ś-5'))", lambda p: p["area_id"] == "S-5"),
        ("ACCENTI(area_name) LIKE accenti('Ąrea%')", lambda p: p["area_name"].startswith("Area")),
        (
            "ACCENTI(CASEI(area_id)) IN (accenti(casei('ś-1')), accenti(casei('Ǩ1')))",
            lambda p: p["area_id"] in {"S-1", "K1"},
        ),
        ("ACCENTI('København')=accenti('Kobenhavn')", lambda _: True),
        ("ACCENTI('Łódź')='Lodz'", lambda _: True),
    ],
)
def test_accent_insensitive_comparison_23_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/accent-insensitive-comparison/test-data:
    /req/accent-insensitive-comparison/accenti-function.
    """
    check_rows(feed, text, holds)


def test_accent_insensitive_comparison_24_logical(feed: Feed) -> None:
    """/conf/accent-insensitive-comparison/logical: no requirement of its own."""
    check_logical(feed, predicates.unaccented)


def test_property_property_46_comparison_value_property(feed: Feed) -> None:
    """/conf/property-property/comparison-value-property:
    /req/property-property/withdraw-permissions.
    """
    for name, queryable, kind in feed.of_kind(*VALUES):
        value = VALUES[kind]
        for sign, turned in predicates.TURNED.items():
            found = feed.pass_(name, f"{value} {sign} {queryable}")
            assert found == feed.pass_(name, f"{queryable} {turned} {value}")


def test_property_property_47_comparison_property_property(feed: Feed) -> None:
    """/conf/property-property/comparison-property-property:
    /req/property-property/withdraw-permissions.
    """
    for name, queryable, _ in feed.of_kind(*VALUES):
        known = feed.pass_(name, f"{queryable} IS NOT NULL")
        for sign in predicates.TURNED:
            found = feed.pass_(name, f"{queryable} {sign} {queryable}")
            assert found == (known if "=" in sign else set())


def test_property_property_48_comparison_value_value(feed: Feed) -> None:
    """/conf/property-property/comparison-value-value:
    /req/property-property/withdraw-permissions.
    """
    everything = set(feed.ids("beats"))
    for value in (*VALUES.values(), "TIMESTAMP('2022-04-14T14:48:46Z')"):
        for sign in predicates.TURNED:
            found = feed.pass_("beats", f"{value} {sign} {value}")
            assert found == (everything if "=" in sign else set())


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("'S-5'=area_id", lambda p: p["area_id"] == "S-5"),
        ("'S-5'<=area_id", lambda p: p["area_id"] >= "S-5"),
        ("'S-5'>area_id", lambda p: p["area_id"] < "S-5"),
        ("12<n_reports", lambda p: p["n_reports"] > 12),
        ("12<>n_reports", lambda p: p["n_reports"] != 12),
        ("level=area_id", lambda p: p["level"] == p["area_id"]),
        ("area_id<level", lambda p: p["area_id"] < p["level"]),
        ("rate_per_1000<n_reports", lambda p: (p["rate_per_1000"] or 99) < p["n_reports"]),
        ("period_start<period_end", lambda _: True),
        ("period_start>=period_end", lambda _: False),
        ("'S-5' LIKE 'S_5'", lambda _: True),
        ("'S-5' NOT LIKE 'S_5'", lambda _: False),
        (
            "n_reports between rate_per_1000 and 10",
            lambda p: p["rate_per_1000"] is not None and p["n_reports"] <= 10,
        ),
        (
            "t_before(date('2025-12-01'),period_start)",
            lambda p: p["period_start"] > "2025-12-01",
        ),
        (
            "t_intersects(interval('2025-01-01','2025-12-31'),period_start)",
            lambda p: p["period_start"] <= "2025-12-31",
        ),
    ],
)
def test_property_property_49_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/property-property/test-data: /req/property-property/withdraw-permissions."""
    check_rows(feed, text, holds)


def test_property_property_50_logical(feed: Feed) -> None:
    """/conf/property-property/logical: no requirement of its own."""
    check_logical(feed, predicates.turned)


def test_arithmetic_52_arithmetic(feed: Feed) -> None:
    """/conf/arithmetic/arithmetic: /req/arithmetic/arithmetic."""
    tried = 0
    for name, texts in predicates.arithmetic(feed).items():
        for text in texts:
            assert not feed.refused(name, filter=text), text
            tried += 1
        for _, queryable, _ in [each for each in feed.of_kind("number") if each[0] == name]:
            known = feed.pass_(name, f"{queryable} IS NOT NULL")
            assert feed.pass_(name, f"{queryable} + 0 = {queryable} * 1") == known
    assert tried > 20


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("n_reports=4+8", lambda p: p["n_reports"] == 12),
        ("n_reports>=14-2*2^0", lambda p: p["n_reports"] >= 12),
        ("n_reports>14-20/10", lambda p: p["n_reports"] > 12),
        ("n_reports>14-21 div 10", lambda p: p["n_reports"] > 12),
        ("n_reports>13-5%2", lambda p: p["n_reports"] > 12),
        ("n_reports<=1+11*1", lambda p: p["n_reports"] <= 12),
        ("n_reports<4+2^3", lambda p: p["n_reports"] < 12),
        ("n_reports between 40/4 and (2*(5+5))", lambda p: 10 <= p["n_reports"] <= 20),
        ("n_reports in (1+2,2*2,10^3)", lambda p: p["n_reports"] in {3, 4}),
        ("n_reports not in (1+2,2*2)", lambda p: p["n_reports"] not in {3, 4}),
        ("4+8=n_reports", lambda p: p["n_reports"] == 12),
        ("rate_per_1000*2=n_reports", lambda p: p["rate_per_1000"] is not None),
    ],
)
def test_arithmetic_53_test_data(feed: Feed, text: str, holds: Callable[[Any], bool]) -> None:
    """/conf/arithmetic/test-data: /req/arithmetic/arithmetic."""
    check_rows(feed, text, holds)


def test_arithmetic_54_logical(feed: Feed) -> None:
    """/conf/arithmetic/logical: no requirement of its own."""
    check_logical(feed, predicates.arithmetic)
