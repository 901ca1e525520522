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
  @Test("gradients are the loss's slopes", arguments: try ForwardPass.cases)
  func finiteDifferences(name: String, network: Network, forward: ForwardPass) throws {
    let images = TestSet.images(count: 13, size: network.inputs, classes: 4, seed: 11)
    let start = ModelState.fresh(network, seed: 3)
    func loss(_ weights: [[Double]]) throws -> Double {
      try DoubleGraph(forward, weights: weights).meanLoss(images)
    }
    let exact = start.parameters.map { $0.value.values.map(Double.init) }
    let slopes = try exact.indices.map { layer in
      try exact[layer].indices.map { index in
        let step = 1e-5
        var (above, below) = (exact, exact)
        above[layer][index] += step
        below[layer][index] -= step
        return (try loss(above) - loss(below)) / (2 * step)
      }
    }
    for backend in try TestDevice.backends() {
      for (masked, fused) in [(false, true), (true, true), (true, false)] {
        let model = try backend.makeModel(
          ModelSpecification(network: network, batchSize: 16, masked: masked, fused: fused), of: forward)
        try model.load(start)
        let totals = try model.trainEpoch(on: backend.upload(images), order: (0..<13).map { $0 })
        #expect(abs(totals.meanLoss - (try loss(exact))) < 1e-5)
        let moments = try model.state().parameters.map { $0.slots[0] }
        for layer in network.parameters.indices {
          for (moment, slope) in zip(moments[layer].values, slopes[layer]) {
            #expect(abs(Double(moment) / 0.1 - slope) < 2e-6, "\(name), layer \(layer)")
          }
        }
      }
    }
  }
}

extension ForwardPass {
  /// Chains, and graphs in which a tensor has several readers, whose gradients are added.
  static var cases: [(String, Network, ForwardPass)] {
    get throws {
      let chain = Network(layers: [6, 9, 7, 4])
      let rectified = Network(layers: [6, 9, 7, 4], outputRelu: true)
      let residual = try residual
      return [
        ("a chain", chain, ForwardPass(chain)), ("with an output ReLU", rectified, ForwardPass(rectified)),
        ("a residual connection", residual, ForwardPass(residual)),
        ("a weight used twice", Network(layers: [6, 6, 4]), shared),
      ]
    }
  }

  /// The first layer's activations are read by a product and by a sum.
  private static var residual: Network {
    get throws {
      try Network(
        input: Shape(6),
        layers: [
          Network.Layer("a", Linear(outputs: 8)), Network.Layer("a.relu", ReLU()),
          Network.Layer("b", Linear(outputs: 8)), Network.Layer("b.relu", ReLU()),
          Network.Layer("sum", Add(), inputs: ["b.relu", "a.relu"]),
          Network.Layer("c", Linear(outputs: 4)),
        ])
    }
  }

  /// The first weight is multiplied by the images, and by what came of that.
  private static var shared: ForwardPass {
    let network = Network(layers: [6, 6, 4])
    let (first, second) = (network.weights[0], network.weights[1])
    var graph = Graph(parameters: network.parameters)
    let images = graph.declare("images", Shape(6))
    graph.append(LoadBatch(), [], to: images)
    var current = images
    for step in 0..<2 {
      let sums = graph.declare("sums \(step)", Shape(6))
      graph.append(Linear(outputs: 6), [current], [first], to: sums)
      current = graph.declare("activations \(step)", Shape(6))
      graph.append(ReLU(), [sums], to: current)
    }
    let output = graph.declare("output", Shape(4))
    graph.append(Linear(outputs: 4), [current], [second], to: output)
    return ForwardPass(graph, output: output)
  }
}

/// A forward pass in `Double`, with the mean loss of a set.
private struct DoubleGraph {
  private let forward: ForwardPass
  private let weights: [[Double]]

  init(_ forward: ForwardPass, weights: [[Double]]) {
    self.forward = forward
    self.weights = weights
  }

  func meanLoss(_ set: HostImages) throws -> Double {
    guard case .bytes(let bytes) = set.features else { return .nan }
    var total = 0.0
    for image in 0..<set.count {
      let pixels = (0..<set.size).map { Double(Float(bytes[image * set.size + $0]) * (Float(1) / 255)) }
      let logits = try outputs(of: pixels)
      let peak = logits.max() ?? 0
      total += log(logits.reduce(0) { $0 + exp($1 - peak) }) + peak - logits[Int(set.labels[image])]
    }
    return total / Double(set.count)
  }

  private func outputs(of pixels: [Double]) throws -> [Double] {
    var values: [TensorID: [Double]] = [:]
    for node in forward.graph.nodes {
      func input(_ index: Int) throws -> [Double] { try #require(values[node.inputs[index]]) }
      let output = try #require(node.output)
      switch node.operation {
      case is LoadBatch: values[output] = pixels
      case is ReLU: values[output] = try input(0).map { max($0, 0) }
      case is Add: values[output] = zip(try input(0), try input(1)).map { $0 + $1 }
      case is Linear:
        let weight = forward.graph[node.parameters[0]]
        let entries = weights[node.parameters[0].index]
        let x = try input(0)
        values[output] = (0..<weight.columns).map { o in
          (0..<weight.rows).reduce(0.0) { $0 + entries[$1 * weight.columns + o] * x[$1] }
        }
      default: Issue.record("\(node.operation) in a forward pass")
      }
    }
    return try #require(values[forward.output])
  }
}
