//! Files: permitting an upload, looking, removing.

use api::view::media::{MediaView, StartedView};
use domain::Error;
use domain::id::MediaId;
use domain::uploading::UploadAsk;

use crate::operation::{Operation, operation};

const TAG: &str = "media";

pub(crate) fn operations() -> Vec<Operation> {
    vec![start_upload(), get_media(), remove_media()]
}

fn start_upload() -> Operation {
    operation(TAG, "start-upload", "POST /v1/media", "Declare a file and get the permission to upload it")
        .says("Send the file as told in `upload`, by its method, to its URL, with its headers and nothing else.")
        .takes::<UploadAsk>()
        .answers::<StartedView<'_>>(201, "The permission, which is told this once.")
        .located(201)
}

fn get_media() -> Operation {
    operation(
        TAG,
        "get-media",
        "GET /v1/media/{id}",
        "One file, whether it has arrived, and where it can be read",
    )
    .says("Once it has arrived, `download` has the address of its bytes, which are answered by S3.")
    .in_path::<MediaId>("id")
    .answers::<MediaView<'_>>(200, "What is known of it.")
    .refuses([Error::NotFound("media").into()])
}

fn remove_media() -> Operation {
    operation(TAG, "remove-media", "DELETE /v1/media/{id}", "Remove a file that no post shows")
        .in_path::<MediaId>("id")
        .answers_nothing(204, "It is gone.")
        .refuses([Error::NotFound("media").into(), Error::MediaInUse.into()])
}
