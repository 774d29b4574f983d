//! Who a token speaks for, and which organizations that member has a role at.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use crate::house::House;
use crate::linkedin::calls::{Style, check_encoding, guarded};
use crate::linkedin::problem::{Refusal, respond};
use crate::linkedin::read::Parameters;

const ORGANIZATION_SCOPES: [&str; 2] = ["rw_organization_admin", "r_organization_admin"];

/// `GET /v2/userinfo`: asks for no header but the token.
pub(crate) async fn userinfo(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    guarded(&house, &headers, Style::Plain, |_, caller| {
        if !caller.has_any(&["openid"]) {
            return Err(Refusal::access_denied("userinfo.GET.NO_VERSION"));
        }
        let person = &caller.person;
        let mut body = json!({"sub": person.linkedin_sub()});
        if caller.has_any(&["profile"]) {
            let display = person.display();
            let (given, family) = display.split_once(' ').unwrap_or((&display, ""));
            body["name"] = json!(display);
            body["given_name"] = json!(given);
            body["family_name"] = json!(family);
            body["locale"] = json!({"country": "US", "language": "en"});
            body["picture"] = json!(format!("https://media.licdn.com/dms/image/{}", person.linkedin_sub()));
        }
        if caller.has_any(&["email"]) {
            body["email"] = json!(format!("{}@example.com", person.name()));
            body["email_verified"] = json!(true);
        }
        Ok(respond(StatusCode::OK, &body))
    })
}

/// `GET /rest/organizationAcls?q=roleAssignee`: the member's roles, narrowed by `role` and `state`.
pub(crate) async fn organization_acls(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |_, caller| {
        check_encoding(&uri)?;
        if !caller.has_any(&ORGANIZATION_SCOPES) {
            return Err(Refusal::access_denied("organizationAcls.FINDER-roleAssignee"));
        }
        let query = Parameters::parse(query.as_deref());
        query.expect("q", "roleAssignee")?;
        let (start, count) = query.page()?;
        let approved = query.find("state").is_none_or(|state| state == "APPROVED");
        let all: Vec<Value> = caller
            .person
            .memberships()
            .iter()
            .filter(|at| approved && query.find("role").is_none_or(|role| role == at.role))
            .map(|at| {
                json!({
                    "organization": at.organization.urn(),
                    "role": at.role,
                    "roleAssignee": caller.person.linkedin_urn(),
                    "state": "APPROVED",
                })
            })
            .collect();
        let elements: Vec<&Value> = all.iter().skip(start).take(count).collect();
        let paging = json!({"start": start, "count": count, "total": all.len(), "links": []});
        Ok(respond(StatusCode::OK, &json!({"elements": elements, "paging": paging})))
    })
}

/// `GET /rest/organizations/{id}`: for whoever has a role there.
pub(crate) async fn organization(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    guarded(&house, &headers, Style::Versioned, |world, caller| {
        let number: u64 = id.parse().map_err(|_| Refusal::argument("organization id must be a number"))?;
        if !caller.has_any(&ORGANIZATION_SCOPES) {
            return Err(Refusal::access_denied("organizations.GET"));
        }
        let with_id = |at: &crate::people::Membership| at.organization.id == number;
        let mine = caller.person.memberships().into_iter().find(with_id);
        let Some(at) = mine else {
            let exists = world.people().any(|person| person.memberships().iter().any(with_id));
            return Err(if exists {
                Refusal::access_denied("organizations.GET")
            } else {
                Refusal::not_found(&format!("organization {number}"))
            });
        };
        let name = &at.organization.name;
        let body = json!({
            "id": number,
            "localizedName": name,
            "name": {
                "localized": {"en_US": name},
                "preferredLocale": {"country": "US", "language": "en"},
            },
            "vanityName": at.organization.vanity,
            "primaryOrganizationType": "NONE",
        });
        Ok(respond(StatusCode::OK, &body))
    })
}
