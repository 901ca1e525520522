import Device
import Foundation
import GraphExec
import Reference
import TestSupport
import Testing

/// Gradients of every backend against finite differences of a network computed in `Double`.
///
/// After the first step from zero moments, Adam's first moment is the gradient times 1 - beta1.
@Suite(.serialized) struct GradientTests {
  @Test("gradients are the loss's slopes", arguments: try GradientCase.all)
  func finiteDifferences(_ test: GradientCase) throws {
    let (network, forward) = (test.network, test.forward)
    let images = TestSet.images(count: 13, size: network.inputs, classes: 4, seed: 11)
    let start = ModelState.fresh(network, seed: 3)
    let (loss, slopes) = try test.slopes(on: images, of: start, seed: 5)
    for backend in try TestDevice.backends() {
      for (masked, fused) in [(false, true), (true, true), (true, false)] {
        var specification = ModelSpecification(
          network: network, batchSize: 16, masked: masked, fused: fused)
        specification.loss = test.loss
        specification.seed = 5
        let model = try backend.makeModel(specification, of: forward)
        try model.load(start)
        let totals = try model.trainEpoch(on: backend.upload(images), order: (0..<13).map { $0 })
        #expect(abs(totals.meanLoss - loss) < 1e-5)
        let moments = try model.state().parameters.map { $0.slots[0] }
        for layer in network.parameters.indices {
          for (moment, slope) in zip(moments[layer].values, slopes[layer]) {
            #expect(abs(Double(moment) / 0.1 - slope) < 2e-6, "\(network.parameters[layer].name)")
          }
        }
      }
    }
  }
}

extension GradientCase {
  /// The mean loss of these images as one batch, and its slopes by every entry of every parameter, in `Double`.
  func slopes(on images: HostImages, of state: ModelState, seed: UInt64) throws -> (
    loss: Double, slopes: [[Double]]
  ) {
    let truth = TruthPass(forward, seed: seed)
    func loss(_ parameters: [[Double]]) throws -> Double {
      try truth.meanLoss(self.loss, of: images, parameters: parameters)
    }
    let exact = state.parameters.map { $0.value.values.map(Double.init) }
    let slopes = try exact.indices.map { layer in
      try exact[layer].indices.map { index in
        let step = 1e-5
        var (above, below) = (exact, exact)
        above[layer][index] += step
        below[layer][index] -= step
        return (try loss(above) - loss(below)) / (2 * step)
      }
    }
    return (try loss(exact), slopes)
  }
}
