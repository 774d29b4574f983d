//! Meta's Graph API, which Facebook and Instagram share: addresses with a version, the proof of the app secret, what
//! refusals mean.
//!
//! Source of every rule in this module: <https://developers.facebook.com/docs/graph-api> (read 2026-11).

mod answers;
mod deadline;
mod errors;
mod hiding;
mod meaning;
mod proof;
#[cfg(test)]
pub(crate) mod staged;

use std::sync::Arc;
use std::time::Duration;

use domain::platform::Platform;
use domain::ports::{ClientSecrets, Failure};
use domain::secret::Secret;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use reqwest::{RequestBuilder, Url};

pub(crate) use answers::{
    Insights, Made, Page, Summarized, canonical, is_id, permalink, text_or_number, time,
};
pub(crate) use deadline::Deadline;
pub(crate) use errors::{
    NOT_FOUND, app_refused, classify, of_container, of_read_answer, parameter_refused, publishing_limit,
    unready,
};

use crate::graph::errors::made_in_vain;
use crate::graph::proof::app_secret_proof;
use crate::refusal::{silent_create, silent_read, unreadable};
use crate::settings::Base;
use crate::wire::{Answer, Silence, Wire};

/// Where Meta takes the bytes of films, and the addresses of those that it fetches itself.
const UPLOAD_HOST: &str = "rupload.facebook.com";

/// One of Meta's Graph APIs, and who we are there.
pub(crate) struct Graph {
    /// Of which platform failures speak.
    platform: Platform,
    base: Base,
    version: String,
    /// Whoever knows the secret that signs our calls; `None` where calls are not signed.
    signer: Option<Arc<dyn ClientSecrets>>,
    wire: Arc<Wire>,
}

/// What an unknown outcome of a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Something may be live.
    Publish,
    /// Something may have been made that nobody sees: it is made again.
    Prepare,
}

/// One call: who makes it, what of, and how long it may take.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The token.
    pub(crate) access: &'a Secret<String>,
    /// The path below the version, from its `/`.
    pub(crate) path: &'a str,
    /// The parameters.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    /// Which of them nobody may see again, beside the token.
    pub(crate) hidden: &'a [&'a Secret<String>],
    /// The bound of the whole.
    pub(crate) within: Duration,
}

impl Graph {
    /// The API at `graph.facebook.com`, which wants each call of a server signed.
    pub(crate) fn signed(
        platform: Platform,
        base: Base,
        version: String,
        secrets: Arc<dyn ClientSecrets>,
        wire: Arc<Wire>,
    ) -> Self {
        Self { platform, base, version, signer: Some(secrets), wire }
    }

    /// The API at `graph.instagram.com`, whose documentation knows no proof.
    pub(crate) fn unsigned(platform: Platform, base: Base, version: String, wire: Arc<Wire>) -> Self {
        Self { platform, base, version, signer: None, wire }
    }

    /// Opens a connection, and brings the secret that signs into memory.
    pub(crate) async fn warm(&self) {
        let secret = async {
            if let Some(secrets) = &self.signer {
                // The outcome means nothing: the request that follows finds out.
                drop(secrets.client_secret(Platform::Facebook).await);
            }
        };
        futures_util::future::join(self.wire.warm(self.base.at("/")), secret).await;
    }

    /// Reads; a refusal is a failure.
    pub(crate) async fn get(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let answer = self.ask(call).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(of_read_answer(self.platform, &answer))
    }

    /// [`Graph::get`], and the answer as JSON of this shape.
    pub(crate) async fn read<T: serde::de::DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Failure> {
        self.get(call).await?.json().ok_or_else(|| unreadable(self.platform))
    }

    /// Reads; a refusal is an answer, of which [`parameter_refused`] may make something.
    pub(crate) async fn ask(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let proof = self.proof(call.access).await?;
        let request = self.wire.get(self.with_query(call, proof.as_ref()));
        let sent = self.send(request, call, proof.as_ref()).await;
        sent.map_err(|silence| silent_read(self.platform, silence))
    }

    /// Makes something. An answer that is no success is a failure, classified by `purpose`.
    pub(crate) async fn post(&self, purpose: Purpose, call: Call<'_>) -> Result<Answer, Failure> {
        let proof = self.proof(call.access).await?;
        let mut form = call.fields.to_vec();
        if let Some(proof) = &proof {
            form.push(("appsecret_proof", proof.expose()));
        }
        let request = self.wire.post(self.url(call.path)).form(&form);
        let sent = self.send(request, call, proof.as_ref()).await;
        let answer = sent.map_err(|silence| match purpose {
            Purpose::Publish => silent_create(self.platform, silence),
            Purpose::Prepare => silent_read(self.platform, silence),
        })?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refused(purpose, &answer)) }
    }

    /// [`Graph::post`], and the name of what was made.
    pub(crate) async fn make(&self, purpose: Purpose, call: Call<'_>) -> Result<(String, Answer), Failure> {
        let answer = self.post(purpose, call).await?;
        match answer.json::<Made>().filter(|made| is_id(&made.id)) {
            Some(made) => Ok((made.id, answer)),
            None => Err(self.refused(purpose, &answer)),
        }
    }

    /// Takes something away; done when it is not there.
    pub(crate) async fn delete(&self, call: Call<'_>) -> Result<(), Failure> {
        let proof = self.proof(call.access).await?;
        let request = self.wire.delete(self.with_query(call, proof.as_ref()));
        let sent = self.send(request, call, proof.as_ref()).await;
        let answer = sent.map_err(|silence| silent_read(self.platform, silence))?;
        if answer.status.is_success() {
            return Ok(());
        }
        match of_read_answer(self.platform, &answer) {
            gone if gone.code == NOT_FOUND => Ok(()),
            failure => Err(failure),
        }
    }

    /// Tells Meta, at the address that it named for this, from where to fetch a film.
    ///
    /// Source: <https://developers.facebook.com/docs/video-api/guides/reels-publishing> (read 2026-11).
    pub(crate) async fn let_fetch(
        &self,
        address: &str,
        link: &Secret<String>,
        access: &Secret<String>,
        within: Duration,
    ) -> Result<Answer, Failure> {
        let Some(url) = self.upload_url(address) else { return Err(unreadable(self.platform)) };
        let call = Call { access, path: "", fields: &[], hidden: &[link], within };
        // There is no body, and a server may want to be told.
        let request = self.wire.post(url).header(CONTENT_LENGTH, 0);
        let request = request.header("file_url", secret_header(link.expose()));
        let request = request.header(AUTHORIZATION, secret_header(&format!("OAuth {}", access.expose())));
        let sent = self.send_as_it_is(request, call, None).await;
        let answer = sent.map_err(|silence| silent_read(self.platform, silence))?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refused(Purpose::Prepare, &answer)) }
    }

    /// What an answer means that is not a readable success.
    pub(crate) fn refused(&self, purpose: Purpose, answer: &Answer) -> Failure {
        let failure = classify(self.platform, answer);
        match purpose {
            Purpose::Publish => failure,
            Purpose::Prepare => made_in_vain(self.platform, failure),
        }
    }

    /// The URL of `path` below the version.
    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.at(&format!("/{}{path}", self.version))
    }

    fn with_query(&self, call: Call<'_>, proof: Option<&Secret<String>>) -> Url {
        let mut query = call.fields.to_vec();
        if let Some(proof) = proof {
            query.push(("appsecret_proof", proof.expose()));
        }
        if query.is_empty() {
            return self.url(call.path);
        }
        self.base.with_query(&format!("/{}{}", self.version, call.path), &query)
    }

    /// The address, if the token may be shown there: Meta's host for uploads, or that of the API itself.
    fn upload_url(&self, address: &str) -> Option<Url> {
        let url = Url::parse(address).ok()?;
        let is_theirs =
            url.scheme() == "https" && url.host_str() == Some(UPLOAD_HOST) && url.port().is_none();
        let is_plain = url.username().is_empty() && url.password().is_none();
        (is_plain && (is_theirs || url.origin() == self.base.at("/").origin())).then_some(url)
    }

    async fn proof(&self, access: &Secret<String>) -> Result<Option<Secret<String>>, Failure> {
        let Some(secrets) = &self.signer else { return Ok(None) };
        let secret = secrets.client_secret(Platform::Facebook).await?;
        Ok(Some(app_secret_proof(&secret, access)))
    }

    async fn send(
        &self,
        request: RequestBuilder,
        call: Call<'_>,
        proof: Option<&Secret<String>>,
    ) -> Result<Answer, Silence> {
        self.send_as_it_is(request.bearer_auth(call.access.expose()), call, proof).await
    }

    async fn send_as_it_is(
        &self,
        request: RequestBuilder,
        call: Call<'_>,
        proof: Option<&Secret<String>>,
    ) -> Result<Answer, Silence> {
        let hidden: Vec<&Secret<String>> =
            [call.access].into_iter().chain(proof).chain(call.hidden.iter().copied()).collect();
        let answer = self.wire.send(request, call.within, &hidden).await?;
        Ok(hiding::hide(answer, &hidden))
    }
}

/// A header that nothing prints. What cannot stand in a header is no token and no link, and is refused as one.
fn secret_header(value: &str) -> HeaderValue {
    let mut header = HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Tls;

    fn graph(base: &str) -> Graph {
        let wire = Arc::new(Wire::new(&Tls::with_embedded_roots()));
        let base = Base::parse("FACEBOOK_GRAPH_URL", base).unwrap();
        Graph::unsigned(Platform::Facebook, base, "v25.0".into(), wire)
    }

    #[test]
    fn a_token_is_shown_only_at_metas_upload_host_and_at_the_api_itself() {
        let real = graph("https://graph.facebook.com");
        let here = graph("http://127.0.0.1:7080/facebook");
        for good in
            ["https://rupload.facebook.com/video-upload/v25.0/1", "https://graph.facebook.com/v25.0/1"]
        {
            assert_eq!(real.upload_url(good).unwrap().as_str(), good);
        }
        assert!(here.upload_url("http://127.0.0.1:7080/facebook/upload/1").is_some());
        for bad in [
            "http://rupload.facebook.com/video-upload/v25.0/1",
            "https://rupload.facebook.com.evil.example/1",
            "https://rupload.facebook.com:8443/1",
            "https://evil.example/?rupload.facebook.com",
            "https://user@rupload.facebook.com/1",
            "http://127.0.0.1:7080/facebook/upload/1",
            "/video-upload/1",
            "",
        ] {
            assert!(real.upload_url(bad).is_none(), "{bad}");
        }
        assert!(here.upload_url("http://127.0.0.1:7081/facebook/upload/1").is_none());
    }
}
