//! ONNX Runtime's shared library: verified before it is loaded, loaded once.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use ort::environment::Environment;

use super::{EmbedError, repack};

/// The one environment of the process, made by the first model that is opened.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the library, or takes the one that is loaded.
pub(super) fn start(library: &Path) -> Result<Environment, EmbedError> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = environment.as_ref() {
        return Ok(environment.clone());
    }
    let path = library.display().to_string();
    if !library.is_file() {
        return Err(EmbedError::Missing {
            what: "ONNX Runtime",
            path,
        });
    }
    let failed = |detail: String| EmbedError::Runtime {
        path: path.clone(),
        detail,
    };
    // The loader maps a file by its headers: one that was cut short would end the process.
    if !repack::looks_whole(library).map_err(|error| failed(error.to_string()))? {
        return Err(failed("the file is cut short".to_owned()));
    }
    let made = ort::init_from(library)
        .map_err(|error| failed(error.to_string()))?
        .with_name("cuecard")
        .with_telemetry(false)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    *environment = Some(made.clone());
    Ok(made)
}
