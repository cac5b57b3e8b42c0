//! Files that hold hashes of credentials and updates: for the server's own user alone.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a file if it is missing, and takes the rights of everybody but its owner away.
pub(super) fn make(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    restrict(&options.open(file)?)
}

/// Takes the rights of everybody but its owner away from a file, if it is there.
pub(super) fn keep(file: &Path) -> io::Result<()> {
    match File::open(file) {
        Ok(file) => restrict(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn restrict(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700)) }
}

#[cfg(not(unix))]
fn restrict(_: &File) -> io::Result<()> {
    Ok(())
}
