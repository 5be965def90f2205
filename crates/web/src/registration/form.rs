//! What the forms say, read.

use crate::account::Caller;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::form::Fields;
use mamis_app::Problem;
use mamis_app::account::Origin;
use mamis_app::attachment::actions::Upload;
use mamis_app::registration::actions::{Claim, New, hold_licence};
use mamis_rules::base::Day;
use mamis_rules::physician::identity::Typed;

/// The picture of a licence that the server keeps while the form is mended.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// What the form carries along.
    pub(super) token: String,
    /// As chosen.
    pub(super) name: String,
}

/// Who somebody says they are.
fn who(fields: &Fields) -> Typed {
    Typed {
        family_name: fields.text("family_name").to_owned(),
        given_name: fields.text("given_name").to_owned(),
        family_kana: fields.text("family_kana").to_owned(),
        given_kana: fields.text("given_kana").to_owned(),
        birth_on: Day::parse_written(fields.text("birth_on")).ok(),
        registry_number: fields.text("registry_number").to_owned(),
    }
}

/// The form of a new person.
pub(super) fn new(fields: &Fields) -> New {
    let text = |name: &str| fields.text(name).to_owned();
    New {
        who: who(fields),
        registry_on: Day::parse_written(fields.text("registry_on")).ok(),
        sex: text("sex"),
        workplace: text("workplace"),
        postal_code: text("postal_code"),
        address: text("address"),
        prefecture: text("prefecture"),
        phone: text("phone"),
        email: text("email"),
    }
}

/// The form of somebody in the register.
pub(super) fn claim(fields: &Fields) -> Claim {
    Claim { who: who(fields), email: fields.text("email").to_owned() }
}

/// Keeps the picture that came with the form, or goes on with the one kept before; and what was wrong with a file that
/// cannot be taken.
pub(super) async fn held(
    ctx: &Ctx,
    fields: &mut Fields,
    Caller(origin): &Caller,
) -> Result<(Held, Vec<Problem>), WebError> {
    let (uploads, untaken) = fields.take_uploads();
    let before = Held {
        token: fields.text("licence.held").to_owned(),
        name: fields.text("licence.held_name").to_owned(),
    };
    match uploads.into_iter().find(|upload| upload.field == "licence") {
        None => Ok((before, untaken)),
        Some(upload) => Ok((keep(ctx, crate::application::forms::file(upload), origin).await?, untaken)),
    }
}

async fn keep(ctx: &Ctx, upload: Upload, origin: &Origin) -> Result<Held, WebError> {
    let name = upload.file_name.clone();
    Ok(Held { token: hold_licence(ctx, upload, origin).await?, name })
}
