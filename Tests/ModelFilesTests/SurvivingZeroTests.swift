import Files
import GraphExec
import ModelFiles
import Testing

/// Protects that the mask says what is pruned: a survivor that has become exactly 0 stays a survivor in every file.
@Suite("Surviving zeros")
struct SurvivingZeroTests {
  private static let network = Network(layers: [6, 40, 3])

  /// Survivors of the first matrix: one for each of 24 units.
  private static func survives(_ index: Int) -> Bool { (index / 40 * 3 + index % 40) % 10 == 0 }

  /// A state with nine of ten entries of the first matrix pruned, or none, and survivors of 0 and -0 in both matrices.
  private static func state(isPruned: Bool) -> ModelState {
    var state = ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: 1))
    if isPruned {
      for index in state.masks[0].indices where !survives(index) {
        state.parameters[0].mask[index] = 0
        state.parameters[0].value.values[index] = 0
      }
    }
    for (layer, place, zero) in [(0, 10, Float(0)), (0, 205, -0.0), (1, 13, 0)] {
      state.parameters[layer].value.values[place] = zero
    }
    return state
  }

  @Test("a run's model file keeps masks and counts", arguments: [true, false])
  func modelFile(isPruned: Bool) throws {
    let state = Self.state(isPruned: isPruned)
    let read = try StoredModel(state.file(of: Self.network))
    #expect(read.state.masks == state.masks)
    #expect(read.survivors == (isPruned ? 24 + 120 : 240 + 120))
    #expect(read.form == (isPruned ? "masked" : "dense"))
    #expect(read.uncompressed().state == state)
  }

  @Test("a compressed file keeps them, whether the matrix is stored dense or sparse")
  func compressed() throws {
    let state = Self.state(isPruned: true)
    let small = StoredModel(state, of: Self.network).compressed()
    #expect(small.parameters.map(\.formatName) == ["sparse", "dense"])
    let read = try StoredModel(small.file)
    #expect(read.parameters == small.parameters)
    // A unit whose only survivor is a zero lives; those without survivors are gone.
    #expect(read.network.widths == [6, 24, 3])
    #expect(read.survivors == 24 + 24 * 3)
    #expect(read.uncompressed().state.masks[0] == state.masks[0])
  }

  @Test("a file without the list, from before there was one, takes its zeros for pruned")
  func olderFile() throws {
    let state = Self.state(isPruned: true)
    var file = state.file(of: Self.network)
    for layer in 0..<2 { file.tensors["layers.\(layer).weight.surviving_zeros"] = nil }
    #expect(try StoredModel(file).survivors == 22 + 119)
  }

  @Test("a list that does not fit its matrix is refused", arguments: [[0], [10, 10], [-1], [240]])
  func damagedList(places: [Int32]) throws {
    var file = Self.state(isPruned: true).file(of: Self.network)
    file.tensors["layers.0.weight.surviving_zeros"] = StoredTensor(places)
    let error = #expect(throws: FileFormatError.self) { try StoredModel(file) }
    #expect(error?.description.contains("layers.0.weight.surviving_zeros") == true)
  }
}
