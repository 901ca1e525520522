import Foundation
import GraphExec

extension MaskGradient: HostOperation {
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let (gradient, mask) = (model.input(0, of: node), model.masks[node.parameters[0].index])
    for index in mask.indices where mask[index] == 0 { gradient[index] = 0 }
  }
}

extension OptimizerStep: HostOperation {
  /// One Adam step (Kingma & Ba 2015), with the bias corrections in `Double`.
  func run(_ node: Graph.Node, on model: CPUModel, _ batch: inout HostBatch) {
    let parameter = node.parameters[0]
    let rule = model.specification.optimizer
    let (beta1, beta2, epsilon) = (rule.beta1, rule.beta2, rule.epsilon)
    let (rest1, rest2) = (1 - beta1, 1 - beta2)
    let step = Double(model.step)
    let stepSize = Float(Double(rule.learningRate) / (1 - pow(Double(beta1), step)))
    let correction = Float(1 / (1 - pow(Double(beta2), step)).squareRoot())
    let (g, w) = (model.input(0, of: node), model.value(parameter))
    let (m, v) = (model.slot(0, of: parameter), model.slot(1, of: parameter))
    for i in 0..<w.count {
      m[i] = m[i] * beta1 + rest1 * g[i]
      v[i] = v[i] * beta2 + rest2 * (g[i] * g[i])
      w[i] -= stepSize * m[i] / (v[i].squareRoot() * correction + epsilon)
    }
    guard model.specification.format(parameter) == .masked else { return }
    model.masks[parameter.index].withUnsafeBufferPointer { mask in
      for i in 0..<mask.count where mask[i] == 0 {
        w[i] = 0
        m[i] = 0
        v[i] = 0
      }
    }
  }
}
