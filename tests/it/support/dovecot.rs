//! A mail server of one's own: Debian's Dovecot in a folder of the test, as root or as whoever runs the test. Mail is
//! delivered into its Maildir, as a mail server's delivery agent does it.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Group, Pid, Uid, User};

/// Where Debian puts it, out of the path of plain users.
const PROGRAM: &str = "/usr/sbin/dovecot";

/// Whose mailbox there is.
pub(crate) const USER: &str = "desk";

/// A running Dovecot.
pub(crate) struct Dovecot {
    pub(crate) port: u16,
    folder: tempfile::TempDir,
    child: Child,
    delivered: AtomicU32,
}

impl Dovecot {
    /// With one user, `desk`, whose password is `secret`.
    pub(crate) fn start() -> Self {
        Self::start_with("ssl = no\n")
    }

    /// With more lines of configuration.
    pub(crate) fn start_with(more: &str) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "Dovecot is missing: run .ci/install dovecot"
        );
        let folder = tempfile::Builder::new()
            .prefix("fd-dovecot.")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["run", "mail"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        own(&folder.path().join("mail"));
        let port = free_port();
        let file = folder.path().join("dovecot.conf");
        fs::write(&file, configuration(folder.path(), port) + more).unwrap();
        let child = Command::new(PROGRAM)
            .args(["-F", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dovecot = Self {
            port,
            folder,
            child,
            delivered: AtomicU32::new(0),
        };
        dovecot.set_password("secret");
        dovecot.wait();
        dovecot
    }

    pub(crate) fn set_password(&self, password: &str) {
        let file = self.folder.path().join("passwd");
        // Dovecot reads it again when its time or size differs.
        let new = self.folder.path().join("passwd.new");
        fs::write(&new, format!("{USER}:{{PLAIN}}{password}\n")).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o644)).unwrap();
        fs::rename(new, file).unwrap();
    }

    fn wait(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "Dovecot does not start: {}",
                fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn maildir(&self, folder: &str) -> PathBuf {
        let home = self.folder.path().join("mail").join(USER);
        match folder {
            "INBOX" => home,
            folder => home.join(format!(".{folder}")),
        }
    }

    /// Deliver a mail.
    pub(crate) fn deliver(&self, raw: &[u8]) {
        let home = self.maildir("INBOX");
        for name in ["tmp", "new", "cur"] {
            let folder = home.join(name);
            if !folder.exists() {
                fs::create_dir_all(&folder).unwrap();
                own(&home);
                own(&folder);
            }
        }
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}.{number:06}.test", 1_700_000_000 + number);
        let written = home.join("tmp").join(&name);
        fs::write(&written, raw).unwrap();
        own(&written);
        fs::rename(written, home.join("new").join(name)).unwrap();
    }

    /// Deliver so many mails, each of about so many bytes; their Message-IDs are `<1@mail.test>` and so on.
    pub(crate) fn deliver_some(&self, count: usize, size: usize) {
        for _ in 0..count {
            let number = self.delivered.load(Ordering::Relaxed) + 1;
            self.deliver(mail(number, size).as_bytes());
        }
    }

    /// Names of the mails in a folder; after the comma, their flags.
    fn names(&self, folder: &str) -> Vec<String> {
        let list = |name: &str| {
            let Ok(entries) = fs::read_dir(self.maildir(folder).join(name)) else {
                return vec![];
            };
            entries
                .flatten()
                .map(|entry| entry.file_name().into_string().unwrap())
                .collect()
        };
        [list("new"), list("cur")].concat()
    }

    /// How many mails lie in a folder.
    pub(crate) fn count(&self, folder: &str) -> usize {
        self.names(folder).len()
    }

    /// How many of them are marked as read.
    pub(crate) fn seen(&self, folder: &str) -> usize {
        let flags = |name: &String| name.rsplit_once(":2,").map(|(_, flags)| flags.to_owned());
        self.names(folder)
            .iter()
            .filter_map(flags)
            .filter(|flags| flags.contains('S'))
            .count()
    }

    /// Mark every mail as unread, behind Dovecot's back as another client would.
    pub(crate) fn mark_all_unread(&self) {
        let cur = self.maildir("INBOX").join("cur");
        for name in self.names("INBOX") {
            if let Some((plain, _)) = name.rsplit_once(":2,") {
                fs::rename(cur.join(&name), cur.join(format!("{plain}:2,"))).unwrap();
            }
        }
    }

    /// Mark new mail as read, as another client does that looks before us.
    pub(crate) fn mark_new_read(&self) {
        let home = self.maildir("INBOX");
        for entry in fs::read_dir(home.join("new")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            fs::rename(entry.path(), home.join("cur").join(format!("{name}:2,S"))).unwrap();
        }
    }

    /// Lose every mail and all that is known of them: what comes next is numbered from 1.
    pub(crate) fn start_over(&self) {
        for entry in fs::read_dir(self.maildir("INBOX")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        for entry in fs::read_dir(self.maildir("INBOX").join("cur"))
            .unwrap()
            .flatten()
        {
            fs::remove_file(entry.path()).unwrap();
        }
    }

    /// Number the mails anew: another UIDVALIDITY.
    pub(crate) fn renumber(&self, validity: u32) {
        let done = Command::new("/usr/bin/doveadm")
            .arg("-c")
            .arg(self.folder.path().join("dovecot.conf"))
            .args(["mailbox", "update", "-u", USER, "--uid-validity"])
            .arg(validity.to_string())
            .arg("INBOX")
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _ = kill(id, Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// A mail of about `size` bytes.
pub(crate) fn mail(number: u32, size: usize) -> String {
    let mut text = format!(
        "From: Max Miller <max@customer.test>\r\nTo: desk@desk.test\r\nSubject: Mail {number}\r\n\
        Date: Wed, 25 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{number}@mail.test>\r\n\r\nHello {number}\r\n"
    );
    while text.len() < size {
        writeln!(
            text,
            "line {} of this mail is as good as any other\r",
            text.len()
        )
        .unwrap();
    }
    text
}

/// Root's mail belongs to nobody: Dovecot reads no mail as root.
fn own(path: &Path) {
    if nix::unistd::geteuid().is_root() {
        chown(path, Some(65534), Some(65534)).unwrap();
    }
}

/// Free a moment ago: Dovecot cannot be told to choose.
fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").unwrap();
    probe.local_addr().unwrap().port()
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let user = nix::unistd::geteuid();
    let (uid, gid) = if user.is_root() {
        (Uid::from_raw(65534), Gid::from_raw(65534))
    } else {
        (user, nix::unistd::getegid())
    };
    let mut text = format!(
        "base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
auth_failure_delay = 0 secs
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 1000
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"
    );
    if !user.is_root() {
        text.push_str(&as_plain_user());
    }
    text
}

/// Its processes run as whoever runs the test.
fn as_plain_user() -> String {
    let user = User::from_uid(nix::unistd::geteuid()).unwrap().unwrap();
    let group = Group::from_gid(nix::unistd::getegid()).unwrap().unwrap();
    format!(
        "default_internal_user = {name}\ndefault_internal_group = {}\ndefault_login_user = {name}\n",
        group.name,
        name = user.name
    )
}
