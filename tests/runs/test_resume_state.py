"""What can be resumed."""

import pytest
from run_folder import make_run_folder

from nnrun.errors import ResumeError
from nnrun.runs.resume_state import read_resume_state


@pytest.mark.parametrize("force", [False, True])
def test_a_pruned_trial_is_not_resumed_and_the_remedy_is_told(tmp_path, force):
    folder = make_run_folder(tmp_path / "0003", status="pruned")
    with pytest.raises(ResumeError, match="is a trial that its search has pruned") as caught:
        read_resume_state(folder, force=force)
    assert caught.value.problems[0].hint == (
        f"Train it to its end in a run of its own: nnrun train {folder}/resolved.yaml"
    )
