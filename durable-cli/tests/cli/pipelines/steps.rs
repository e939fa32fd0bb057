//! What the pipelines of the documentation run, read from their files.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode as _, Yaml};

pub(crate) const GITHUB: &str = include_str!("../../../../docs/deployment-gate/github-actions.yml");
pub(crate) const AZURE: &str = include_str!("../../../../docs/deployment-gate/azure-pipelines.yml");
pub(crate) const ARGO: &str = include_str!("../../../../docs/deployment-gate/argo-cd.yaml");

/// A command that a service runs.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The program and its arguments.
    pub(crate) words: Vec<String>,
    /// What the file adds to the environment. What the service fills in stands there as a placeholder.
    pub(crate) env: BTreeMap<String, String>,
    /// Whether it runs after a failure as well.
    pub(crate) always: bool,
}

impl Step {
    fn new(shell: &[&str], script: &str) -> Self {
        let words = shell.iter().copied().chain([script]).map(str::to_owned);
        Self {
            words: words.collect(),
            env: BTreeMap::new(),
            always: false,
        }
    }

    /// Returns the script itself.
    pub(crate) fn script(&self) -> &str {
        self.words.last().expect("a step has words").trim()
    }
}

/// Returns the steps of a job of GitHub Actions. Its shell ends at the first command that fails.
pub(crate) fn of_github(job: &str) -> Vec<Step> {
    let file = &documents(GITHUB)[0];
    let job = at(at(file, "jobs"), job);
    let env = env_map(job.as_mapping_get("env"));
    let steps = list(at(job, "steps")).iter().filter_map(|own| {
        let mut step = Step::new(&["bash", "-e", "-c"], text(own.as_mapping_get("run")?));
        step.env.clone_from(&env);
        step.always = matches_text(own, "if", "always()");
        Some(step)
    });
    steps.collect()
}

/// Returns the steps of a stage of Azure Pipelines: of its one job, or of its one deployment.
pub(crate) fn of_azure(stage: &str) -> Vec<Step> {
    let file = &documents(AZURE)[0];
    let stages = list(at(file, "stages"));
    let stage = stages.iter().find(|own| matches_text(own, "stage", stage));
    let job = &list(at(stage.expect("the stage"), "jobs"))[0];
    let steps = match job.as_mapping_get("strategy") {
        Some(strategy) => at(at(at(strategy, "runOnce"), "deploy"), "steps"),
        None => at(job, "steps"),
    };
    let env = env_map(job.as_mapping_get("variables"));
    let steps = list(steps).iter().filter_map(|own| {
        let mut step = Step::new(
            &["bash", "--noprofile", "--norc", "-c"],
            text(own.as_mapping_get("bash")?),
        );
        step.env.clone_from(&env);
        step.env.extend(env_map(own.as_mapping_get("env")));
        step.always = matches_text(own, "condition", "always()");
        Some(step)
    });
    steps.collect()
}

/// Returns the container of Argo CD's hook for a phase.
pub(crate) fn of_argo(phase: &str) -> Step {
    let documents = documents(ARGO);
    let is_for = |document: &&Yaml<'_>| {
        let annotations = at(document, "metadata").as_mapping_get("annotations");
        let hook = annotations.and_then(|own| own.as_mapping_get("argocd.argoproj.io/hook"));
        hook.is_some_and(|hook| text(hook).split(',').any(|own| own == phase))
    };
    let hook = documents.iter().find(is_for).expect("a hook of the phase");
    let template = at(at(at(hook, "spec"), "template"), "spec");
    let container = &list(at(template, "containers"))[0];
    let words = [at(container, "command"), at(container, "args")];
    let env = list(at(container, "env"));
    Step {
        words: words
            .into_iter()
            .flat_map(list)
            .map(|word| text(word).to_owned())
            .collect(),
        env: env
            .iter()
            .map(|own| {
                (
                    text(at(own, "name")).to_owned(),
                    text(at(own, "value")).to_owned(),
                )
            })
            .collect(),
        always: false,
    }
}

fn documents(file: &str) -> Vec<Yaml<'_>> {
    Yaml::load_from_str(file).expect("it is YAML")
}

fn at<'a, 'i>(node: &'a Yaml<'i>, key: &str) -> &'a Yaml<'i> {
    node.as_mapping_get(key).expect(key)
}

fn list<'a, 'i>(node: &'a Yaml<'i>) -> &'a [Yaml<'i>] {
    node.as_sequence().expect("a list")
}

fn text<'a>(node: &'a Yaml<'_>) -> &'a str {
    node.as_str().expect("a text")
}

fn matches_text(node: &Yaml<'_>, key: &str, wanted: &str) -> bool {
    node.as_mapping_get(key).is_some_and(|own| text(own) == wanted)
}

fn env_map(node: Option<&Yaml<'_>>) -> BTreeMap<String, String> {
    let pairs = node.and_then(Yaml::as_mapping).into_iter().flatten();
    pairs
        .map(|(name, value)| (text(name).to_owned(), text(value).to_owned()))
        .collect()
}
