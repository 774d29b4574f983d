//! AWS Signature Version 4 of a POST to `/`, which is all that AWS's JSON protocols need.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html> (read
//! 2026-11-26).

use std::fmt::Write;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// SHA-256 works on blocks of so many bytes.
const BLOCK: usize = 64;

/// Who signs.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Keys {
    /// The headers that prove who sends `body` with `headers`, which are in the order of their names in lower case;
    /// `x-amz-date`, which is signed too, stands where it belongs.
    pub(crate) fn sign(
        &self,
        now: Timestamp,
        region: &str,
        service: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> [(&'static str, String); 2] {
        let at = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = now.strftime("%Y%m%d").to_string();
        let mut headers = [headers, &[("x-amz-date", &at)]].concat();
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let request = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let wanted = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let secret = format!("AWS4{}", self.secret).into_bytes();
        let key = [day.as_str(), region, service, "aws4_request"]
            .iter()
            .fold(secret, |key, part| hmac(&key, part.as_bytes()).to_vec());
        let signature = hex(&hmac(&key, wanted.as_bytes()));
        let id = &self.id;
        let proof =
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
        [("authorization", proof), ("x-amz-date", at)]
    }
}

/// RFC 2104 over SHA-256, of keys that are no longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_message_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let code = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_signature_is_that_of_awss_test_suite() {
        // `post-vanilla` of AWS's Signature Version 4 test suite.
        let keys =
            Keys { id: "AKIDEXAMPLE".into(), secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into() };
        let at = "2015-08-30T12:36:00Z".parse().expect("a time");
        let [(_, proof), (_, date)] =
            keys.sign(at, "us-east-1", "service", &[("host", "example.amazonaws.com")], "");
        assert_eq!(date, "20150830T123600Z");
        assert_eq!(
            proof,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }
}
