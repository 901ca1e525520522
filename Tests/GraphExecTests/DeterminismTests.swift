import Device
import Foundation
import GraphExec
import TestSupport
import Testing

/// The same seed gives the same bits, whatever else runs beside it.
@Suite(.serialized, .needs(.openCL))
struct DeterminismTests {
  private static let network = Network(layers: [64, 100, 50, 10])

  /// Trains for a few epochs, ranking and pruning before each step.
  private static func train(_ model: any Model, on set: any ResidentSet, seed: UInt64) throws -> ModelState {
    try model.load(.fresh(network, seed: seed))
    for epoch in 0..<4 {
      let order = TestSet.order(set.count, seed: seed * 100 + UInt64(epoch))
      _ = try model.trainEpoch(on: set, order: order) { _ in
        try model.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: 4000))
        try model.enqueuePruning(PruningEvent(ParameterID(1), unit: .neuron, count: 20))
        return .update
      }
    }
    return try model.state()
  }

  @Test("a model alone, again, and beside another one", arguments: KernelConfig.Family.allCases)
  func sameBits(family: KernelConfig.Family) async throws {
    let backend = try TestDevice.backend(family)
    let specification = ModelSpecification(network: Self.network, batchSize: 32, masked: true)
    let set = try backend.upload(TestSet.images(count: 300, size: 64, seed: 5))
    let models = try (0..<2).map { _ in try backend.makeModel(specification) }
    let alone = try Self.train(models[0], on: set, seed: 1)
    #expect(try Self.train(models[0], on: set, seed: 1) == alone)
    #expect(try Self.train(models[0], on: set, seed: 2) != alone)

    let together = try await withThrowingTaskGroup(of: (Int, ModelState).self) { group in
      for (index, model) in models.enumerated() {
        group.addTask { (index, try Self.train(model, on: set, seed: UInt64(index + 1))) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(together[0] == alone)
    #expect(together[1] == (try Self.train(models[1], on: set, seed: 2)))
  }

  @Test("a state saved and loaded in the middle continues with the same bits")
  func resumes() throws {
    let backend = try TestDevice.backend(.cpu)
    let specification = ModelSpecification(network: Self.network, batchSize: 32, masked: true)
    let set = try backend.upload(TestSet.images(count: 300, size: 64, seed: 5))
    let order = TestSet.order(300, seed: 4)
    let through = try backend.makeModel(specification)
    try through.load(.fresh(Self.network))
    try through.enqueuePruning(PruningEvent(ParameterID(0), unit: .weight, count: 3000))
    _ = try through.trainEpoch(on: set, order: order)
    let middle = try through.state()
    let totals = try through.trainEpoch(on: set, order: order)
    let resumed = try backend.makeModel(specification)
    try resumed.load(middle)
    #expect(try resumed.trainEpoch(on: set, order: order) == totals)
    #expect(try resumed.state() == through.state())
  }
}
