//! Corrections to the derived schemas: pairs have two numbers, and generic responses have plain names.

use utoipa::openapi::{
    RefOr, Schema,
    schema::{Array, ArrayItems},
};

/// Fields that hold a pair of numbers, or a list of such pairs.
const PAIRS: [&str; 2] = ["lines", "highlights"];

/// What the macros write before the name of an answer that came from the index, and what stands after it instead.
const GENERIC: &str = "Fresh_";
const PLAIN: &str = "Answer";

/// Bounds the pairs of a schema.
pub(super) fn pairs(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            for (name, property) in &mut object.properties {
                if PAIRS.contains(&name.as_str())
                    && let RefOr::T(Schema::Array(array)) = property
                {
                    bound(array);
                }
            }
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(pairs),
        _ => {}
    }
}

/// Of a list of lists the inner ones are the pairs.
fn bound(array: &mut Array) {
    if let ArrayItems::RefOrSchema(items) = &mut array.items
        && let RefOr::T(Schema::Array(inner)) = &mut **items
    {
        return bound(inner);
    }
    (array.min_items, array.max_items) = (Some(2), Some(2));
}

/// The contract's text with plain names: `Fresh_Heard` becomes `HeardAnswer`.
pub(super) fn plainly_named(text: &str) -> String {
    let mut parts = text.split(GENERIC);
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('"').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        named.extend([name, PLAIN, rest]);
    }
    named
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::openapi;

    fn schemas() -> Value {
        let mut contract: Value = serde_json::from_str(&openapi()).unwrap();
        contract["components"]["schemas"].take()
    }

    #[test]
    fn pairs_have_two_numbers_and_names_are_plain() {
        let schemas = schemas();
        let check = |schema: &str, at: &str, expected: Value| {
            let found = schemas[schema]
                .pointer(at)
                .unwrap_or_else(|| panic!("{schema}{at}"));
            assert_eq!(*found, expected, "{schema}{at}");
        };
        check("Hit", "/properties/lines/minItems", json!(2));
        check("Answer", "/properties/lines/maxItems", json!(2));
        check("Card", "/properties/highlights/items/maxItems", json!(2));
        check("CardAnswer", "/allOf/0/properties/lines/minItems", json!(2));
        check("Utterance", "/properties/final/default", json!(true));
        check("SearchRequest", "/properties/mode/default", json!("hybrid"));
        let required = schemas["SearchResponse"]["required"].as_array().unwrap();
        assert!(required.contains(&json!("answer")), "{required:?}");
        assert!(
            schemas["Card"]["properties"]["highlights"]
                .get("minItems")
                .is_none()
        );
        for name in schemas.as_object().unwrap().keys() {
            assert!(name.chars().all(char::is_alphanumeric), "{name}");
        }
    }

    #[test]
    fn every_field_is_described() {
        for (name, schema) in schemas().as_object().unwrap() {
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                let described = [property, &property["oneOf"][0], &property["allOf"][0]];
                assert!(
                    described.iter().any(|one| one["description"].is_string()),
                    "{name}.{field} is not described"
                );
            }
        }
    }
}
