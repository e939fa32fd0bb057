//! The state of an instance as the column `RuntimeStatus` has it.

use durable_core::hub::InstanceStatus;

/// The name of a state that some hosts show for a moment.
pub(crate) const CONTINUED_AS_NEW: &str = "ContinuedAsNew";

/// Returns the name of a state, which is that of the framework.
pub(crate) fn status_text(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Pending => "Pending",
        InstanceStatus::Running => "Running",
        InstanceStatus::Suspended => "Suspended",
        InstanceStatus::Completed => "Completed",
        InstanceStatus::Failed => "Failed",
        InstanceStatus::Canceled => "Canceled",
        InstanceStatus::Terminated => "Terminated",
    }
}

/// Reads a state. An instance that continues as new runs.
pub(crate) fn read_status(text: &str) -> Option<InstanceStatus> {
    if text == CONTINUED_AS_NEW {
        return Some(InstanceStatus::Running);
    }
    let mut all = InstanceStatus::ALL.into_iter();
    all.find(|status| status_text(*status) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back() {
        for status in InstanceStatus::ALL {
            assert_eq!(read_status(status_text(status)), Some(status));
        }
        assert_eq!(read_status("ContinuedAsNew"), Some(InstanceStatus::Running));
        assert_eq!(read_status("Sleeping"), None);
    }
}
