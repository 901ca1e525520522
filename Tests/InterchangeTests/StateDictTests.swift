import Files
import GraphExec
import Interchange
import ModelFiles
import TestSupport
import Testing

/// Protects weights on their way from PyTorch: each comes to its own parameter, or is listed.
@Suite("PyTorch's state_dict")
struct StateDictTests {
  private func network() throws -> Network {
    try Network(
      input: Shape(1, 6, 6),
      layers: [
        Network.Layer("first", Conv2D(outputs: 2, kernel: 3, bias: true)), Network.Layer("norm", BatchNorm()),
        Network.Layer("second", Conv2D(outputs: 3, kernel: 3)), Network.Layer("flat", Flatten()),
        Network.Layer("hidden", Linear(outputs: 4, bias: true)), Network.Layer("out", Linear(outputs: 2)),
      ])
  }

  private func tensor(_ shape: [Int], _ first: Float = 0) -> StoredTensor {
    StoredTensor((0..<shape.reduce(1, *)).map { first + Float($0) }, shape: shape)
  }

  /// Modules by these names, in the order of the network's layers.
  private func file(_ names: [String]) -> SafetensorsFile {
    SafetensorsFile(
      tensors: [
        "\(names[0]).weight": tensor([2, 1, 3, 3]), "\(names[0]).bias": tensor([2], 1),
        "\(names[1]).weight": tensor([2], 3), "\(names[1]).bias": tensor([2], 5),
        "\(names[1]).running_mean": tensor([2], 7), "\(names[1]).running_var": tensor([2], 9),
        "\(names[1]).num_batches_tracked": StoredTensor([Int64(4)], shape: []),
        "\(names[2]).weight": tensor([3, 2, 3, 3]), "\(names[3]).weight": tensor([4, 12]),
        "\(names[3]).bias": tensor([4], 2), "\(names[4]).weight": tensor([2, 4], 1),
      ], path: "w")
  }

  private func read(_ file: SafetensorsFile, names: [String: String]? = nil) throws -> StoredModel {
    let folder = try TemporaryFolder()
    try file.write(to: folder("w"))
    return try Importer.read(folder("w"), network: network(), names: names).model
  }

  private func check(_ model: StoredModel) throws {
    let values = Dictionary(
      uniqueKeysWithValues: zip(model.network.parameters.map(\.name), model.parameters.map(\.matrix.values)))
    // Outputs come last here, and first there.
    #expect(values["first.weight"]?.prefix(4) == [0, 9, 1, 10])
    #expect(values["hidden.weight"]?.prefix(5) == [0, 12, 24, 36, 1])
    #expect(values["norm.scale"] == [3, 4] && values["norm.shift"] == [5, 6])
    #expect(values["norm.mean"] == [7, 8] && values["norm.variance"] == [9, 10])
    #expect(values["out.weight"] == [1, 5, 2, 6, 3, 7, 4, 8])
  }

  @Test("by the layers' names, by the order of the modules of a kind, numbers as numbers, and by a table")
  func mappings() throws {
    try check(read(file(["first", "norm", "second", "hidden", "out"])))
    try check(read(file(["f.2", "f.3", "f.10", "head.0", "head.1"])))
    let table = ["first": "z", "norm": "y", "second": "x", "hidden": "w", "out": "v"]
    try check(read(file(["z", "y", "x", "w", "v"]), names: table))
  }

  @Test("a unit of zeros goes with its bias where that is zero, and stays for one that is not")
  func zeroUnits() throws {
    var file = file(["first", "norm", "second", "hidden", "out"])
    var (weight, bias) = ([Float](repeating: 1, count: 48), [Float](repeating: 0, count: 4))
    for input in 0..<12 { (weight[input], weight[12 + input]) = (0, 0) }
    bias[1] = 0.5
    file.tensors["hidden.weight"] = StoredTensor(weight, shape: [4, 12])
    file.tensors["hidden.bias"] = StoredTensor(bias, shape: [4])
    let model = try read(file)
    let place = try #require(model.network.parameters.firstIndex { $0.name == "hidden.bias" })
    #expect(model.parameters[place].mask == [0, 1, 1, 1])
    // Of the four units the three that are not zero for every input.
    #expect(model.compressed().network.widths == [36, 2, 3, 3, 2])
  }

  @Test("what does not fit is listed, a line for each parameter")
  func mismatches() throws {
    var file = file(["a", "n", "b", "c", "d"])
    file.tensors["c.weight"] = tensor([4, 13])
    file.tensors["d.bias"] = tensor([2])
    file.tensors["b.weight"] = nil
    let error = #expect(throws: FileFormatError.self) { try read(file) }
    let lines = error?.problem.split(separator: "\n").map { $0.trimmingPrefix("  ") } ?? []
    #expect(
      lines.dropFirst() == [
        "second.weight [3, 2, 3, 3]: no module of its kind is left for it",
        "hidden.weight [4, 12]: c.weight is [4, 13]", "d.bias [2]: no layer takes it",
      ])
    let unknown = #expect(throws: FileFormatError.self) { try read(file, names: ["frist": "a"]) }
    #expect(
      unknown?.problem.contains("frist, which is no layer with parameters; did you mean first?") == true)
  }
}
