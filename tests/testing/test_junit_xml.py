"""The results as JUnit XML: what Jenkins and GitLab accept of it, and what they show.

The rules are those of the strictest schema that is published, `junit-10.xsd` of Jenkins's xunit plugin: elements,
attributes, which of them must be there, and the form of times. It lies in
https://github.com/jenkinsci/xunit-plugin/tree/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd.
GitLab reads names, times and texts of the cases: https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tested_results import BROKEN, DIVERGED, DONE, FAILED, PASSED, SKIPPED

from nnrun.testing.case_result import CaseCheck
from nnrun.testing.junit_xml import TRAINS, junit_xml

# By element: the attributes that must be there, those that may be, and the elements inside.
_OUTCOME = (set(), {"type", "message"}, set())
RULES = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    **dict.fromkeys(("failure", "error", "skipped"), _OUTCOME),
    "system-out": (set(), set(), set()),
}
_SUITE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def faults(element):
    """What breaks the rules in an element and those inside it."""
    must, may, inside = RULES.get(element.tag, (set(), set(), set()))
    if element.tag not in RULES:
        yield f"unknown element {element.tag}"
    yield from (f"{element.tag} has no {name}" for name in must - element.attrib.keys())
    yield from (f"{element.tag} has {name}" for name in element.attrib.keys() - must - may)
    time = {"testsuites": _SUITE_TIME, "testsuite": _SUITE_TIME, "testcase": _NUMBER}.get(element.tag)
    if time and not time.fullmatch(element.get("time", "0")):
        yield f"{element.tag} took {element.get('time')}"
    for child in element:
        if child.tag not in inside:
            yield f"{child.tag} in {element.tag}"
        yield from faults(child)


def parsed(*results):
    return ElementTree.fromstring(junit_xml(results or DONE.results))


def cases_of(suite):
    return {case.get("name"): case for case in suite.iter("testcase")}


def test_every_element_and_attribute_is_one_of_the_published_schema():
    root = parsed()
    assert root.tag == "testsuites"
    assert list(faults(root)) == []


def test_the_rules_find_what_breaks_them():
    broken = ElementTree.fromstring(
        '<testsuites skipped="1"><testsuite name="a" time="1e-05"><case/></testsuite></testsuites>'
    )
    assert len(list(faults(broken))) == 7


@given(st.text(), st.text(), st.floats(0, 1e6), st.sampled_from(DONE.results))
def test_any_text_and_any_time_keep_to_the_schema(text, detail, seconds, result):
    check = CaseCheck(text, False, detail)
    log = (text, detail)
    changed = replace(result, checks=(check,), seconds=seconds, log=log, versions={"a": text})
    assert list(faults(parsed(changed))) == []


def test_a_suite_per_experiment_has_a_case_for_the_training_and_one_for_each_expectation():
    suites = parsed().findall("testsuite")
    assert [suite.get("name") for suite in suites] == [str(result.file) for result in DONE.results]
    assert list(cases_of(suites[0])) == [TRAINS, "binary_accuracy >= 1.0"]
    counts = [[int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")] for suite in suites]
    assert counts == [[2, 0, 0, 0], [3, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    totals = {name: parsed().get(name) for name in ("tests", "failures", "errors", "time")}
    assert totals == {"tests": "8", "failures": "2", "errors": "1", "time": "2.981"}


def test_a_case_has_the_path_as_the_name_of_its_class_and_the_training_its_time():
    (suite,) = parsed(PASSED)
    case = cases_of(suite)[TRAINS]
    assert (case.get("classname"), float(case.get("time"))) == ("experiments.xor", 0.941)
    assert [child.tag for child in case] == ["system-out"]


def test_a_failed_expectation_says_value_place_and_the_output_says_the_last_epochs_and_the_run():
    (suite,) = parsed(FAILED)
    failure = cases_of(suite)["val_accuracy >= 0.95"].find("failure")
    assert failure.get("message") == "val_accuracy >= 0.95 (0.91)"
    assert failure.text == "experiments/moons.yaml:14:5: val_accuracy >= 0.95 (0.91)"
    output = cases_of(suite)[TRAINS].find("system-out").text.splitlines()
    assert output == [*FAILED.log, f"run: {FAILED.folder}"]


@pytest.mark.parametrize(("result", "tag"), [(DIVERGED, "failure"), (BROKEN, "error"), (SKIPPED, "skipped")])
def test_a_training_without_an_end_has_one_case_that_says_why(result, tag):
    (suite,) = parsed(result)
    (case,) = suite.iter("testcase")
    (found,) = case
    assert found.tag == tag
    if result.problems:
        assert found.get("message") == result.problems[0].message
        assert found.text == str(result.problems[0])


def test_versions_and_seed_are_properties():
    (suite,) = parsed(PASSED)
    found = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert found == {"nnrun": "0.2.0", "keras": "3.15.1", "seed": "0"}
