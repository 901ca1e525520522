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
  @Test("gradients are the loss's slopes", arguments: ForwardPass.cases)
  func finiteDifferences(name: String, network: Network, forward: ForwardPass) throws {
    let images = TestSet.images(count: 13, size: network.inputs, classes: 4, seed: 11)
    let start = ModelState.fresh(network, seed: 3)
    func loss(_ weights: [[Double]]) throws -> Double {
      try DoubleGraph(forward, weights: weights).meanLoss(images)
    }
    let exact = start.weights.map { $0.values.map(Double.init) }
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
        let moments = try model.state().firstMoments
        for layer in 0..<network.depth {
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
    let chain = Network(layers: [6, 9, 7, 4])
    let rectified = Network(layers: [6, 9, 7, 4], outputRelu: true)
    return [
      ("a chain", chain, ForwardPass(chain)), ("with an output ReLU", rectified, ForwardPass(rectified)),
      ("a residual connection", Network(layers: [6, 8, 8, 4]), residual),
      ("a weight used twice", Network(layers: [6, 6, 4]), shared),
    ]
  }

  /// `X1` is read by a product and by a sum.
  private static var residual: ForwardPass {
    var graph = Graph()
    graph.append(.gather, [], to: graph.declare("X0", rows: 6, role: .activation))
    for (layer, (inputs, outputs)) in [(6, 8), (8, 8), (8, 4)].enumerated() {
      graph.declare("W\(layer)", rows: inputs, columns: outputs, role: .weight(layer: layer))
    }
    for name in ["Z1", "X1", "Z2", "Y2", "X2"] { graph.declare(name, rows: 8, role: .activation) }
    graph.declare("X3", rows: 4, role: .activation)
    graph.append(.matmul, ["W0", "X0"], to: "Z1")
    graph.append(.relu, ["Z1"], to: "X1")
    graph.append(.matmul, ["W1", "X1"], to: "Z2")
    graph.append(.relu, ["Z2"], to: "Y2")
    graph.append(.add, ["Y2", "X1"], to: "X2")
    graph.append(.matmul, ["W2", "X2"], to: "X3")
    return ForwardPass(graph, output: "X3")
  }

  /// `W0` is multiplied by the images, and by what came of that.
  private static var shared: ForwardPass {
    var graph = Graph()
    graph.append(.gather, [], to: graph.declare("X0", rows: 6, role: .activation))
    graph.declare("W0", rows: 6, columns: 6, role: .weight(layer: 0))
    graph.declare("W1", rows: 6, columns: 4, role: .weight(layer: 1))
    for name in ["Z1", "X1", "Z2", "X2"] { graph.declare(name, rows: 6, role: .activation) }
    graph.declare("X3", rows: 4, role: .activation)
    graph.append(.matmul, ["W0", "X0"], to: "Z1")
    graph.append(.relu, ["Z1"], to: "X1")
    graph.append(.matmul, ["W0", "X1"], to: "Z2")
    graph.append(.relu, ["Z2"], to: "X2")
    graph.append(.matmul, ["W1", "X2"], to: "X3")
    return ForwardPass(graph, output: "X3")
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
    var values: [String: [Double]] = [:]
    for node in forward.graph.nodes {
      func input(_ index: Int) throws -> [Double] { try #require(values[node.inputs[index]]) }
      let output = try #require(node.output)
      switch node.operation {
      case .gather: values[output] = pixels
      case .relu: values[output] = try input(0).map { max($0, 0) }
      case .add: values[output] = zip(try input(0), try input(1)).map { $0 + $1 }
      case .matmul:
        let (layer, inputs, outputs) = try forward.graph.layer(of: node.inputs[0])
        let x = try input(1)
        values[output] = (0..<outputs).map { o in
          (0..<inputs).reduce(0.0) { $0 + weights[layer][$1 * outputs + o] * x[$1] }
        }
      default: Issue.record("\(node.operation) in a forward pass")
      }
    }
    return try #require(values[forward.output])
  }
}
