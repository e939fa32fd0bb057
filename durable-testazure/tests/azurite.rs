//! The emulator starts, stands still, goes on and ends as it is told, and never outlives its tests.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use durable_testazure::{Azurite, Service, enabled, shared};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A machine with other work answers later than this one; nothing here waits so long but what has failed.
const PATIENCE: Duration = Duration::from_secs(50);

/// Sends a request that needs no key: it is refused, and that is an answer.
fn ask(port: u16) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(
        b"GET /devstoreaccount1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    )?;
    Ok(stream)
}

fn status(mut stream: &TcpStream) -> std::io::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// Returns whether nobody answers any more. While a process ends it may still take a connection, and then drops it.
fn is_gone(port: u16) -> bool {
    loop {
        match ask(port).and_then(|stream| status(&stream)) {
            Ok(answer) if answer.is_empty() => {}
            Ok(_) => return false,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return true,
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

#[test]
fn it_answers_on_ports_of_its_own() -> Outcome {
    let (Some(azurite), Some(again)) = (shared()?, shared()?) else {
        return Ok(());
    };
    assert_eq!(azurite.account(), again.account());
    let other = Azurite::in_memory()?;
    for service in Service::ALL {
        assert_ne!(azurite.account().port(service), other.account().port(service));
        for port in [azurite.account().port(service), other.account().port(service)] {
            let status = status(&ask(port)?)?;
            assert!(
                ["400", "403", "404"].contains(&status.as_str()),
                "{service:?}: {status}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_paused_one_answers_nothing_until_it_goes_on() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    let azurite = Azurite::in_memory()?;
    azurite.pause()?;
    let asked = ask(azurite.account().port(Service::Queue))?;
    asked.set_read_timeout(Some(Duration::from_millis(300)))?;
    let silence = (&asked).read(&mut [0]).err().map(|error| error.kind());
    assert!(
        matches!(silence, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)),
        "{silence:?}"
    );
    azurite.resume()?;
    asked.set_read_timeout(Some(PATIENCE))?;
    assert!(!status(&asked)?.is_empty());
    Ok(())
}

#[test]
fn it_is_stopped_killed_and_started_again_on_the_same_ports() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    let azurite = Azurite::start()?;
    let account = azurite.account();
    for end in [Azurite::stop, Azurite::kill] {
        azurite.pause()?;
        end(&azurite)?;
        assert_eq!(
            ask(account.port(Service::Table)).err().map(|error| error.kind()),
            Some(ErrorKind::ConnectionRefused)
        );
        assert_eq!(
            azurite.pause().err().map(|error| error.to_string()).as_deref(),
            Some("Azurite does not run")
        );
        azurite.start_again()?;
        assert_eq!(azurite.account(), account);
        assert!(!status(&ask(account.port(Service::Table))?)?.is_empty());
    }
    assert_eq!(
        azurite
            .start_again()
            .err()
            .map(|error| error.to_string())
            .as_deref(),
        Some("Azurite runs already")
    );
    Ok(())
}

#[test]
fn dropped_it_is_gone_with_its_data() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    let azurite = Azurite::start()?;
    let (port, folder) = (azurite.account().port(Service::Blob), azurite.folder().to_owned());
    assert!(folder.is_dir());
    azurite.pause()?;
    drop(azurite);
    assert_eq!(
        ask(port).err().map(|error| error.kind()),
        Some(ErrorKind::ConnectionRefused)
    );
    assert!(!folder.exists());
    Ok(())
}

const PAUSED: &str = "DURABLE_TESTAZURE_PAUSED";

/// Not a test of its own: the process that the next test kills.
#[test]
fn a_process_that_is_killed() -> Outcome {
    let Some(paused) = std::env::var_os(PAUSED) else {
        return Ok(());
    };
    let azurite = Azurite::start()?;
    if paused == "yes" {
        azurite.pause()?;
    }
    println!(
        "\nstarted {} {}",
        azurite.account().port(Service::Queue),
        azurite.folder().display()
    );
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Starts this test binary again, which starts an emulator, and returns its port and folder.
fn process_with_one(paused: &str) -> Result<(Child, u16, PathBuf), Box<dyn std::error::Error>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([
            "a_process_that_is_killed",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PAUSED, paused)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    for line in BufReader::new(output).lines() {
        if let Some((port, folder)) = line?
            .strip_prefix("started ")
            .and_then(|rest| rest.split_once(' '))
        {
            return Ok((child, port.parse()?, PathBuf::from(folder)));
        }
    }
    Err("the process ended before it had started an emulator".into())
}

#[test]
fn killed_tests_leave_neither_a_process_nor_data() -> Outcome {
    if !enabled()? {
        return Ok(());
    }
    for paused in ["no", "yes"] {
        let (mut process, port, folder) = process_with_one(paused)?;
        // The system closes the connection when the emulator ends.
        let mut connection = TcpStream::connect(("127.0.0.1", port))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        process.kill()?;
        process.wait()?;
        match connection.read(&mut [0]) {
            Ok(read) => assert_eq!(read, 0),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert!(!folder.exists(), "{} is left", folder.display());
        assert!(is_gone(port));
    }
    Ok(())
}
