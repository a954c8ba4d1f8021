"""The results of tests as JUnit XML, in the form that Jenkins and GitLab read.

The form is that of `junit-10.xsd` of Jenkins's xunit plugin, the strictest that is in use: every element and attribute
is one of its.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from nnrun.errors import printable
from nnrun.testing.case_result import CaseCheck, CaseResult

TRAINS = "trains to the end"


def junit_xml(results: Sequence[CaseResult]) -> str:
    """The text of an XML file: a test suite for every experiment file.

    A suite has a case for the training, and one for everything that was checked of it. Its output has the last epochs,
    the training diagnostics and the folder of the run.

    Args:
        results: the results, in the order of the files.
    """
    document = JUnitXml("nnrun test")
    suites = [_suite(result) for result in results]
    for suite in suites:
        document.add_testsuite(suite)
    # Not with its method for that, which adds the number of skipped cases, too: the schema does not have it here.
    document.tests, document.failures, document.errors = (
        sum(getattr(suite, count) for suite in suites) for count in ("tests", "failures", "errors")
    )
    document.time = round(sum(suite.time for suite in suites), 3)
    stream = io.BytesIO()
    document.write(stream, pretty=True)
    return stream.getvalue().decode("utf-8")


def _suite(result: CaseResult) -> TestSuite:
    suite = TestSuite(_text(str(result.file)))
    facts = {**result.versions, **({"seed": result.seed} if result.seed is not None else {})}
    for name, value in facts.items():
        suite.add_property(_text(name), _text(str(value)))
    suite.add_testcases([_training(result), *(_checked(result, check) for check in result.checks)])
    return suite


def _training(result: CaseResult) -> TestCase:
    """The case of the training itself."""
    case = TestCase(TRAINS, _class_name(result), round(result.seconds, 3))
    kinds = {"failed": Failure, "error": Error}
    if result.status == "skipped":
        case.result = [Skipped("interrupted before its end")]
    elif result.problems:
        said = kinds[result.status](_text(result.reason), result.status)
        said.text = _text("\n".join(map(str, result.problems)))
        case.result = [said]
    if output := _output(result):
        case.system_out = output
    return case


def _checked(result: CaseResult, check: CaseCheck) -> TestCase:
    case = TestCase(_text(check.text), _class_name(result), 0)
    if not check.met:
        failure = Failure(_text(str(check)), "expectation")
        failure.text = _text(f"{check.place}: {check}" if check.place else str(check))
        case.result = [failure]
    return case


def _output(result: CaseResult) -> str:
    folder = [f"run: {result.folder}"] if result.folder else []
    return _text("\n".join([*result.log, *folder]))


def _class_name(result: CaseResult) -> str:
    """The path without its ending, with dots between its parts, which CI servers show as packages."""
    parts = [part for part in result.file.with_suffix("").parts if part not in (result.file.anchor, ".", "..")]
    return _text(".".join(parts))


def _text(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return printable(text)
