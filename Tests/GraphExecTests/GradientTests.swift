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
  @Test("gradients are the loss's slopes", arguments: [false, true])
  func finiteDifferences(outputRelu: Bool) throws {
    let network = Network(layers: [6, 9, 7, 4], outputRelu: outputRelu)
    let images = TestSet.images(count: 13, size: 6, classes: 4, seed: 11)
    let start = ModelState.fresh(network, seed: 3)
    let slopes = (0..<network.depth).map { layer in
      start.weights[layer].values.indices.map { index in
        let step = 1e-5
        func loss(_ change: Double) -> Double {
          var weights = start.weights.map { $0.values.map(Double.init) }
          weights[layer][index] += change
          return DoubleNetwork(network, weights: weights).meanLoss(images)
        }
        return (loss(step) - loss(-step)) / (2 * step)
      }
    }
    for backend in try TestDevice.backends() {
      let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 16, masked: false))
      try model.load(start)
      let set = try backend.upload(images)
      let totals = try model.trainEpoch(on: set, order: (0..<13).map { $0 })
      let exact = DoubleNetwork(network, weights: start.weights.map { $0.values.map(Double.init) })
      #expect(abs(totals.meanLoss - exact.meanLoss(images)) < 1e-5)
      let moments = try model.state().firstMoments
      for layer in 0..<network.depth {
        for (moment, slope) in zip(moments[layer].values, slopes[layer]) {
          #expect(abs(Double(moment) / 0.1 - slope) < 2e-6)
        }
      }
    }
  }
}

/// A network in `Double`, with the mean loss of a set.
private struct DoubleNetwork {
  private let network: Network
  private let weights: [[Double]]

  init(_ network: Network, weights: [[Double]]) {
    self.network = network
    self.weights = weights
  }

  func meanLoss(_ set: HostImages) -> Double {
    guard case .bytes(let bytes) = set.features else { return .nan }
    var total = 0.0
    for image in 0..<set.count {
      var x = (0..<set.size).map { Double(Float(bytes[image * set.size + $0]) * (Float(1) / 255)) }
      for layer in 0..<network.depth {
        let (inputs, outputs) = network.shape(of: layer)
        x = (0..<outputs).map { o in
          let sum = (0..<inputs).reduce(0.0) { $0 + weights[layer][$1 * outputs + o] * x[$1] }
          return layer < network.depth - 1 || network.outputRelu ? max(sum, 0) : sum
        }
      }
      let peak = x.max() ?? 0
      total += log(x.reduce(0) { $0 + exp($1 - peak) }) + peak - x[Int(set.labels[image])]
    }
    return total / Double(set.count)
  }
}
