import Files
import GraphExec
import Interchange
import ModelFiles
import TestSupport
import Testing

/// Protects what a network means on its way in: ONNX Runtime's logits are Whittle's.
@Suite("Networks from ONNX", .needs(.python("onnx", "onnxruntime", "safetensors")))
struct ONNXImportTests {
  @Test("networks as exporters write them have the logits that ONNX Runtime gives")
  func logits() throws {
    let folder = try TemporaryFolder()
    let made = try Python.run(Interchanged.fixtures + "/networks.py", folder.path)
    #expect(made.exitCode == 0, "\(made.errors)")
    for name in ["products", "residual", "channels_last", "mean", "padded"] {
      let imported = try Importer.read(folder("\(name).onnx"), network: nil, names: nil)
      let expected = try SafetensorsFile.read(folder("\(name).safetensors"))
      let logits: [Float] = try expected.values("logits")
      let own = try Interchanged.logits(imported.model, expected.values("images"))
      let difference = zip(own, logits).map { abs($0 - $1) }.max() ?? .infinity
      #expect(own.count == logits.count && difference < 1e-5, "\(name): \(difference)")
    }
  }

  @Test("layers are named for their weights or modules, batch norm stays, zeros of the file are pruned")
  func structure() throws {
    let folder = try TemporaryFolder()
    #expect(try Python.run(Interchanged.fixtures + "/networks.py", folder.path).exitCode == 0)
    let residual = try StoredModel.readAny(folder("residual.onnx"))
    let names = residual.network.weights.map { residual.network[$0].name }
    #expect(names == ["conv1.weight", "conv2.weight", "conv3.weight", "fc.weight"])
    // The filters that pad two sides only are held in larger ones.
    #expect(residual.network[residual.network.weights[0]].shape.dimensions == [2, 4, 4, 4])
    #expect(residual.parameters[residual.network.weights[0].index].survivors == 4 * 2 * 9)
    #expect(residual.parameters[residual.network.weights[2].index].survivors == 9)
    let norm = try #require(residual.network.layers.compactMap { $0.operation as? BatchNorm }.first)
    #expect(norm == BatchNorm(momentum: 0.01, epsilon: 1e-3))
    let mean = try StoredModel.readAny(folder("mean.onnx"))
    #expect(mean.network.weights.map { mean.network[$0].layer } == ["features.0", "head"])
  }
}
