//! The few ONNX messages that a model file needs, annotated by hand (field numbers from `onnx.proto`), and shorthands to
//! create them. Leaves what the encoder consists of to [`super::graph`].

use prost::Message;

/// The file: versions and one graph.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelProto {
    #[prost(int64, tag = "1")]
    pub(super) ir_version: i64,
    #[prost(string, tag = "2")]
    pub(super) producer_name: String,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    pub(super) opset_import: Vec<OperatorSetIdProto>,
    #[prost(message, repeated, tag = "14")]
    pub(super) metadata_props: Vec<StringStringEntryProto>,
}

/// A note kept with the model.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StringStringEntryProto {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// Which version of a family of operators is meant; the standard family has an empty domain.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    pub(super) domain: String,
    #[prost(int64, tag = "2")]
    pub(super) version: i64,
}

/// Nodes in the order they run, constants, inputs and outputs.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    pub(super) output: Vec<ValueInfoProto>,
}

/// One operator.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    pub(super) domain: String,
}

/// An operator's setting. Values are optional so that a zero is written out too.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AttributeProto {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(float, optional, tag = "2")]
    pub(super) f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    #[prost(int32, tag = "20")]
    pub(super) r#type: i32,
}

/// A constant: shape, element type, little-endian bytes.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    pub(super) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    #[prost(string, tag = "8")]
    pub(super) name: String,
    #[prost(bytes = "vec", tag = "9")]
    pub(super) raw_data: Vec<u8>,
}

/// A named input or output.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfoProto {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) r#type: Option<TypeProto>,
}

/// The type of a value; only tensors occur here.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<TensorType>,
}

/// Element type and shape.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(super) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShape>,
}

/// The dimensions in order.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<Dimension>,
}

/// A fixed size or a named one.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub(super) value: Option<DimensionValue>,
}

/// See [`Dimension`].
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum DimensionValue {
    #[prost(int64, tag = "1")]
    Size(i64),
    #[prost(string, tag = "2")]
    Name(String),
}

/// The element types used (`TensorProto.DataType`).
#[derive(Clone, Copy)]
pub(super) enum Element {
    Float = 1,
    Uint8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Int4 = 22,
}

/// An attribute's value, before it has its name.
pub(super) enum Setting {
    Float(f32),
    Int(i64),
}

impl AttributeProto {
    pub(super) fn new(name: &str, setting: &Setting) -> Self {
        let name = name.to_owned();
        let empty = Self::default();
        match *setting {
            Setting::Float(f) => Self {
                name,
                f: Some(f),
                r#type: 1,
                ..empty
            },
            Setting::Int(i) => Self {
                name,
                i: Some(i),
                r#type: 2,
                ..empty
            },
        }
    }
}

impl TensorProto {
    pub(super) fn new(name: &str, element: Element, dims: &[usize], raw_data: Vec<u8>) -> Self {
        Self {
            dims: dims.iter().map(|size| *size as i64).collect(),
            data_type: element as i32,
            name: name.to_owned(),
            raw_data,
        }
    }
}

impl ValueInfoProto {
    /// A value of shape `[batch, sequence]`, or `[batch, sequence, last]`.
    pub(super) fn new(name: &str, element: Element, last: Option<usize>) -> Self {
        let named = |name: &str| DimensionValue::Name(name.to_owned());
        let size = last.map(|size| DimensionValue::Size(size as i64));
        let values = [named("batch"), named("sequence")].into_iter().chain(size);
        let dim = values.map(|value| Dimension { value: Some(value) });
        let tensor_type = TensorType {
            elem_type: element as i32,
            shape: Some(TensorShape { dim: dim.collect() }),
        };
        Self {
            name: name.to_owned(),
            r#type: Some(TypeProto {
                tensor_type: Some(tensor_type),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_setting_is_written_out() {
        let zero = AttributeProto::new("axis", &Setting::Int(0));
        let written = zero.encode_to_vec();
        assert_eq!(
            written,
            [b"\x0a\x04axis".as_slice(), &[0x18, 0], &[0xa0, 0x01, 2]].concat()
        );
    }

    #[test]
    fn a_tensor_is_laid_out_as_onnx_proto_says() {
        let tensor = TensorProto::new("t", Element::Uint8, &[2], vec![7, 8]);
        let written = tensor.encode_to_vec();
        let expected = [
            &[0x0a, 1, 2][..],
            &[0x10, 2],
            &[0x42, 1, b't'],
            &[0x4a, 2, 7, 8],
        ];
        assert_eq!(written, expected.concat());
    }
}
