import Foundation
import GraphExec

extension CPUModel {
  /// Runs a graph's nodes on the batch of `images`, whose columns are the first `images.count` of each tensor.
  ///
  /// - Throws: `GraphError` for a node that lacks a tensor.
  func run(_ graph: Graph, on set: CPUSet, _ images: ArraySlice<Int32>, totals: inout EpochTotals) throws {
    let batch = images.count
    for node in graph.nodes {
      let inputs = node.inputs.map { array($0) }
      switch node.operation {
      case .gather: set.gather(images, into: array(try graph.output(of: node).name), stride: stride)
      case .matmul, .matmulInputGradient, .matmulWeightGradient:
        try matmul(node, graph, batch: batch)
      case .relu:
        let output = try graph.output(of: node)
        // The comparison lets a NaN through, as the kernels do.
        let (source, target) = (inputs[0].values, array(output.name).values)
        map(output, batch) { at in target[at] = source[at] <= 0 ? 0 : source[at] }
      case .reluGate:
        let output = try graph.output(of: node)
        let (gate, upstream, target) = (inputs[0].values, inputs[1].values, array(output.name).values)
        map(output, batch) { at in target[at] = gate[at] <= 0 ? 0 : upstream[at] }
      case .add:
        let output = try graph.output(of: node)
        let (a, b, target) = (inputs[0].values, inputs[1].values, array(output.name).values)
        map(output, batch) { at in target[at] = a[at] + b[at] }
      case .softmaxCrossEntropy:
        try softmaxCrossEntropy(node, graph, on: set, images, totals: &totals)
      case .mask:
        let layer = try graph.layer(of: node.inputs[0]).index
        for index in masks[layer].indices where masks[layer][index] == 0 { inputs[0].values[index] = 0 }
      case .adam: adam(layer: try graph.layer(of: node.inputs[0]).index, gradient: inputs[0])
      }
    }
  }

  /// Calls `body` with each place of a tensor that is in use: all of a weight's, and the batch's columns of another.
  @inline(__always)
  private func map(_ tensor: Graph.Tensor, _ batch: Int, _ body: (Int) -> Void) {
    let (width, used) = (tensor.columns ?? stride, tensor.columns ?? batch)
    for row in 0..<tensor.rows {
      for at in row * width..<row * width + used { body(at) }
    }
  }

  private func matmul(_ node: Graph.Node, _ graph: Graph, batch: Int) throws {
    let a = array(node.inputs[0]).values.baseAddress
    let b = array(node.inputs[1]).values.baseAddress
    let c = array(try graph.output(of: node).name).values.baseAddress
    let (rowsA, rowsB) = (try graph.tensor(node.inputs[0]).rows, try graph.tensor(node.inputs[1]).rows)
    let (n, ld) = (Int32(batch), Int32(stride))
    switch node.operation {
    case .matmul:  // W [rowsA, outputs], X [rowsA, batch]
      let outputs = Int32(try graph.layer(of: node.inputs[0]).outputs)
      blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.transposed, OpenBLAS.plain, outputs, n, Int32(rowsA), 1, a, outputs, b,
        ld, 0, c, ld)
    case .matmulInputGradient:  // W [rowsA, rowsB], dY [rowsB, batch]
      blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.plain, Int32(rowsA), n, Int32(rowsB), 1, a, Int32(rowsB),
        b, ld, 0, c, ld)
    default:  // X [rowsA, batch], dY [rowsB, batch]
      blas.multiply(
        OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.transposed, Int32(rowsA), Int32(rowsB), n, 1, a, ld, b,
        ld,
        0, c, Int32(rowsB))
    }
  }

  private func softmaxCrossEntropy(
    _ node: Graph.Node, _ graph: Graph, on set: CPUSet, _ images: ArraySlice<Int32>, totals: inout EpochTotals
  ) throws {
    let logits = array(node.inputs[0]).values
    let gradient = node.output.map { array($0).values }
    let classes = try graph.tensor(node.inputs[0]).rows
    for (column, image) in images.enumerated() {
      let label = Int(set.images.labels[Int(image)])
      var peak = -Float.infinity
      var hasNaN = false
      for c in 0..<classes {
        let value = logits[c * stride + column]
        peak = max(peak, value)
        if value.isNaN { hasNaN = true }
      }
      var sum: Float = 0
      for c in 0..<classes { sum += exp(logits[c * stride + column] - peak) }
      let own = label < classes ? logits[label * stride + column] : .nan
      totals.loss += Double(hasNaN ? .nan : (peak - own) + log(sum))
      totals.images += 1
      let firstPeak = (0..<classes).first { logits[$0 * stride + column] == peak }
      if !hasNaN && firstPeak == label { totals.correct += 1 }
      guard let gradient else { continue }
      for c in 0..<classes {
        let p = exp(logits[c * stride + column] - peak) / sum
        gradient[c * stride + column] = (p - (c == label ? 1 : 0)) / Float(images.count)
      }
    }
  }

  /// One Adam step (Kingma & Ba 2015), with the bias corrections in `Double`.
  private func adam(layer: Int, gradient: HostArray) {
    let rule = specification.optimizer
    let (beta1, beta2, epsilon) = (rule.beta1, rule.beta2, rule.epsilon)
    let (rest1, rest2) = (1 - beta1, 1 - beta2)
    let stepSize = Float(Double(rule.learningRate) / (1 - pow(Double(beta1), Double(step))))
    let correction = Float(1 / (1 - pow(Double(beta2), Double(step))).squareRoot())
    let (w, m, v) = (array("W\(layer)").values, array("m\(layer)").values, array("v\(layer)").values)
    let g = gradient.values
    for i in 0..<w.count {
      m[i] = m[i] * beta1 + rest1 * g[i]
      v[i] = v[i] * beta2 + rest2 * (g[i] * g[i])
      w[i] -= stepSize * m[i] / (v[i].squareRoot() * correction + epsilon)
    }
    guard specification.formats[layer] == .masked else { return }
    masks[layer].withUnsafeBufferPointer { mask in
      for i in 0..<mask.count where mask[i] == 0 {
        w[i] = 0
        m[i] = 0
        v[i] = 0
      }
    }
  }
}
