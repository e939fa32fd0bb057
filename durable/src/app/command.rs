//! The built-in commands: `shop durable versions`.

mod versions;

use super::{App, AppError};

pub(super) async fn run(app: &App, arguments: Vec<String>) -> Result<(), AppError> {
    match arguments.first().map(String::as_str) {
        Some("versions") => versions::run(app).await,
        Some(other) => Err(AppError::Command(other.to_owned())),
        None => Err(AppError::Command(String::new())),
    }
}

#[cfg(test)]
mod tests {
    use durable_testkit::MemoryHub;

    use super::{App, run};

    fn refusal(arguments: &[&str]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let app = App::new(MemoryHub::default());
        runtime.block_on(run(&app, arguments)).unwrap_err().to_string()
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_command_on_a_hub_that_there_is_not_says_so_and_makes_none() {
        let file = std::env::temp_dir().join(format!("durable-command-{}.db", std::process::id()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let app = App::new(durable_sqlite::SqliteHub::at(&file));
        let refused = runtime
            .unwrap()
            .block_on(run(&app, vec!["versions".to_owned()]))
            .unwrap_err();
        let text = refused.to_string();
        assert_eq!(
            text,
            format!(
                "opening the hub `{}` failed: unable to open database file: {0}",
                file.display()
            )
        );
        assert!(!file.exists());
    }

    #[test]
    fn a_command_that_there_is_not_is_refused_with_those_that_there_are() {
        assert_eq!(
            refusal(&["nonsense"]),
            "there is no command `durable nonsense`; there is: durable versions"
        );
        assert_eq!(
            refusal(&[]),
            "`durable` needs a command; there is: durable versions"
        );
    }
}
