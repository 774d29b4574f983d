//! Keeps the world on disk: whole, by temporary file and rename, soon after each change.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::house::{House, World, unpoisoned};

/// Changes within this time are saved together.
const PAUSE: Duration = Duration::from_millis(50);

/// Reads the world, which is empty where there is no file yet.
///
/// # Errors
/// The file cannot be read or is not a world; it is left as it is.
pub(crate) fn load(path: &Path) -> io::Result<World> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(World::default()),
        Err(error) => Err(error),
    }
}

/// Saves after changes until it is dropped. A large world is saved less often, so that saving takes at most
/// about a tenth of the time.
pub(crate) async fn keep(house: Arc<House>) {
    loop {
        house.changed.notified().await;
        tokio::time::sleep(PAUSE).await;
        let began = Instant::now();
        let saving = tokio::task::spawn_blocking({
            let house = Arc::clone(&house);
            move || save(&house)
        });
        if let Ok(Err(error)) = saving.await {
            tracing::error!(%error, "could not save the state");
        }
        tokio::time::sleep(began.elapsed() * 9).await;
    }
}

/// Saves now, if the sandbox was told where.
///
/// # Errors
/// The file or its folder cannot be written.
pub(crate) fn save(house: &House) -> io::Result<()> {
    let Some(path) = &house.options.state else { return Ok(()) };
    let _alone = unpoisoned(&house.saving);
    let world = house.world().clone();
    let bytes = serde_json::to_vec(&world).map_err(io::Error::other)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("json.new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    fs::rename(beside, path)
}
