import Files
import GraphExec
import ModelFiles
import TestSupport
import Testing

/// Protects reading of model files that are damaged or made to harm: a clear error, never a crash.
@Suite("Compressed files")
struct CompressedFileTests {
  /// The valid file, changed.
  private func refused(_ change: (inout SafetensorsFile) -> Void) -> String {
    var file = PrunedModel.small().file
    file.path = "m"
    change(&file)
    return message { try StoredModel(file) }
  }

  @Test(
    "sparse arrays that do not fit are refused",
    arguments: [
      ("indptr", [0, 1], "indptr has 2 numbers, but 6 rows need 7"),
      ("indptr", [0, 3, 2, 5, 8, 10, 12], "indptr decreases from 3 to 2 at row 1"),
      ("indptr", [0, 0, 0, 0, 0, 0, .max], "indptr ends at 2147483647"),
      ("indices", [], "ends at"),
      ("indices", [0, 3, 1], "column 3 of 3"), ("indices", [0, -1, 1], "column -1 of 3"),
    ] as [(String, [Int32], String)])
  func sparseArrays(name: String, values: [Int32], expected: String) throws {
    let text = refused { $0.tensors["layers.0.weight.\(name)"] = StoredTensor(values) }
    #expect(text.hasPrefix("m: the sparse matrix layers.0.weight is malformed: "), "\(text)")
    #expect(text.contains(expected), "\(text)")
  }

  @Test("columns that are not ascending are refused")
  func unsorted() {
    for indices in [[0, 2, 1], [0, 1, 1]] as [[Int32]] {
      let text = refused {
        $0.tensors["layers.0.weight.indptr"] = StoredTensor([Int32](arrayLiteral: 0, 0, 3, 3, 3, 3, 3))
        $0.tensors["layers.0.weight.indices"] = StoredTensor(indices)
      }
      #expect(text.contains("the columns of row 1 are not ascending"), "\(text)")
    }
  }

  @Test("every part that is missing, of another type or out of range is named")
  func parts() throws {
    #expect(message { try StoredModel(SafetensorsFile(path: "m")) }.contains("no tensor layers.0.weight"))
    #expect(refused { $0.tensors["layers.0.weight.values"] = nil }.contains("has no tensor"))
    #expect(refused { $0.tensors["layers.0.weight.indptr"] = nil }.contains("has no tensor"))
    let long = StoredTensor([Int64(0)])
    #expect(refused { $0.tensors["layers.0.weight.indptr"] = long }.contains("holds I64, expected I32"))
    #expect(refused { $0.tensors["layers.0.weight"] = long }.contains("there twice"))
    #expect(refused { $0.tensors["layers.1.weight"] = nil }.contains("of layer 2, but none of layer 1"))
    #expect(refused { $0.tensors["layers.1.weight"] = long }.contains("has the shape [1]"))
    let wide = StoredTensor([Float](repeating: 1, count: 12), shape: [3, 4])
    #expect(refused { $0.tensors["layers.1.weight"] = wide }.contains("takes 5 inputs, but layer 1 gives 4"))
    for (shape, expected) in [
      ("[6]", "has the shape [6]"), ("[6,0]", "each 1 to 65536"), ("[6,-3]", "each 1 to 65536"),
      ("[6,3", "not a list"), ("[6,3.5]", "not a list"), ("[6,\"3\"]", "not a list"),
      ("[9223372036854775807,9223372036854775807]", "each 1 to 65536"),
      ("[99999999999999999999,3]", "not a list"), ("[65536,65536]", "more than 1000000000 weights"),
      ("[65536,3]", "65536 rows need 65537"),
    ] {
      let text = refused { $0.metadata["layers.0.weight.shape"] = shape }
      #expect(text.contains(expected), "\(text)")
    }
    #expect(refused { $0.metadata["layers.0.weight.shape"] = nil }.contains("the metadata has no layers.0"))
    #expect(refused { $0.metadata["output_relu"] = "yes" }.contains("expected true or false"))
  }

  @Test("weights that are not numbers are refused, wherever they lie")
  func notFinite() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      let sparse = refused {
        let count = $0.tensors["layers.0.weight.values"]?.shape[0] ?? 0
        let values = (0..<count).map { $0 == count - 1 ? value : 1 }
        $0.tensors["layers.0.weight.values"] = StoredTensor(values)
      }
      #expect(sparse.hasPrefix("m: layer 0 has weights that are not finite numbers"), "\(sparse)")
      let dense = refused {
        let values = (0..<15).map { $0 == 7 ? value : 1 }
        $0.tensors["layers.1.weight"] = StoredTensor(values, shape: [3, 5])
      }
      #expect(dense.hasPrefix("m: layer 1 has weights that are not finite numbers"), "\(dense)")
    }
  }

  @Test("lists of kept units and original sizes must agree")
  func keptUnits() throws {
    func kept(_ name: String, _ units: [Int32]?) -> String {
      refused { $0.tensors["layers.\(name)"] = units.map { StoredTensor($0) } }
    }
    #expect(kept("0.kept_outputs", nil).contains("has no tensor layers.0.kept_outputs"))
    #expect(kept("0.kept_outputs", [1, 4]).contains("has the shape [2], expected [3]"))
    for units in [[1, 4, 8], [4, 1, 6], [1, 1, 6], [-1, 4, 6]] as [[Int32]] {
      #expect(kept("0.kept_outputs", units).contains("needs unit numbers below 8, ascending"))
    }
    #expect(kept("0.kept_outputs", [1, 4, 7]).contains("name different units"))
    for (sizes, expected) in [
      ("[6,8,7]", "expected 4 sizes"), ("[6,8,7,0]", "each 1 to 65536"),
      ("[65536,65536,65536,65536]", "more than 1000000000 weights"), ("[6,2,7,3]", "below 2"),
      ("[7,8,7,3]", "has no tensor layers.0.kept_inputs"), ("{}", "not a list"),
    ] {
      let text = refused { $0.metadata["layers"] = sizes }
      #expect(text.contains(expected), "\(text)")
    }
    // A model cannot lose inputs.
    let text = refused {
      $0.metadata["layers"] = "[7,8,7,3]"
      $0.tensors["layers.0.kept_inputs"] = StoredTensor([Int32](arrayLiteral: 0, 1, 2, 3, 4, 5))
    }
    #expect(text.contains("only hidden units can be removed"), "\(text)")
  }

  @Test("bytes that are cut or changed anywhere give an error or a model that can be used")
  func fuzz() throws {
    let folder = try TemporaryFolder()
    try PrunedModel.small().file.write(to: folder("m"))
    let bytes = try FileSystem.read(folder("m"))
    func tryReading(_ bytes: [UInt8]) throws {
      do {
        let model = try StoredModel(SafetensorsFile(bytes: bytes, path: "m"))
        #expect(try StoredModel(model.compressed().file).original == model.original)
        #expect(model.uncompressed().state.parameters.count == model.original.parameters.count)
      } catch is FileFormatError {
        // The error that a damaged file should give.
      }
    }
    for length in bytes.indices {
      #expect(throws: FileFormatError.self) {
        try StoredModel(SafetensorsFile(bytes: Array(bytes[..<length]), path: "m"))
      }
    }
    var random = SplitMix64(seed: 1, stream: 0)
    for position in bytes.indices {
      for _ in 0..<8 {
        var damaged = bytes
        damaged[position] ^= UInt8.random(in: 1...255, using: &random)
        try tryReading(damaged)
      }
    }
    for _ in 0..<5000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 2...8, using: &random) {
        // Digits in the header make other sizes of it; any byte does elsewhere.
        let position = Int.random(in: bytes.indices, using: &random)
        let isDigit = (48...57).contains(damaged[position])
        damaged[position] =
          isDigit ? .random(in: 48...57, using: &random) : .random(in: 0...255, using: &random)
      }
      try tryReading(damaged)
    }
  }
}
