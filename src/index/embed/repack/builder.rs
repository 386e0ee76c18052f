//! Builds an ONNX graph node by node. A value is named by the node or constant that produces it, and each call here
//! returns that name. Leaves which nodes there are to [`super::graph`].

use super::onnx::{
    AttributeProto, Element, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, Setting,
    StringStringEntryProto, TensorProto, ValueInfoProto,
};

/// The file format of ONNX 1.16 and its operators: the first with 4-bit integers.
const IR_VERSION: i64 = 10;
const OPERATORS: i64 = 21;
/// The domain of ONNX Runtime's own operators, and their only version.
const OWN: &str = "com.microsoft";
const OWN_OPERATORS: i64 = 1;

/// Nodes and constants so far.
#[derive(Default)]
pub(super) struct Graph(GraphProto);

impl Graph {
    /// Adds a standard operator with one output.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        settings: &[(&str, Setting)],
    ) -> String {
        self.add("", operator, inputs, output, settings)
    }

    /// Adds one of ONNX Runtime's own operators. An empty input is one that is left out.
    pub(super) fn own(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        settings: &[(&str, Setting)],
    ) -> String {
        self.add(OWN, operator, inputs, output, settings)
    }

    fn add(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        output: &str,
        settings: &[(&str, Setting)],
    ) -> String {
        let attributes = settings.iter();
        let attributes = attributes.map(|(name, setting)| AttributeProto::new(name, setting));
        self.0.node.push(NodeProto {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes.collect(),
            domain: domain.to_owned(),
        });
        output.to_owned()
    }

    /// Adds a constant; `bytes` are little-endian.
    pub(super) fn constant(
        &mut self,
        name: &str,
        element: Element,
        dims: &[usize],
        bytes: Vec<u8>,
    ) -> String {
        let tensor = TensorProto::new(name, element, dims, bytes);
        self.0.initializer.push(tensor);
        name.to_owned()
    }

    /// Adds whole numbers; no dimension makes a single one.
    pub(super) fn ints(&mut self, name: &str, dims: &[usize], values: &[i64]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, Element::Int64, dims, bytes.collect());
    }

    /// The finished model with its `notes`, key and value.
    pub(super) fn into_model(
        mut self,
        name: &str,
        inputs: Vec<ValueInfoProto>,
        output: ValueInfoProto,
        notes: &[(&str, &str)],
    ) -> ModelProto {
        self.0.name = name.to_owned();
        self.0.input = inputs;
        self.0.output = vec![output];
        let note = |(key, value): &(&str, &str)| StringStringEntryProto {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        let set = |domain: &str, version| OperatorSetIdProto {
            domain: domain.to_owned(),
            version,
        };
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "cuecard".to_owned(),
            graph: Some(self.0),
            opset_import: vec![set("", OPERATORS), set(OWN, OWN_OPERATORS)],
            metadata_props: notes.iter().map(note).collect(),
        }
    }
}
