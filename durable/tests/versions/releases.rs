//! What was deployed, release after release. A function that stays is written again, as it would be in the next
//! release's source.

/// Release 1.
pub(crate) mod one {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        Ok(format!("packed {item}"))
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        let packed = ctx.call(pack, item).await?;
        let address = ctx.event::<String>("address").await;
        Ok(format!("1: {packed} for {address}"))
    }
}

/// Release 2: version 1 stays for what runs on it, version 2 is new.
pub(crate) mod two {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        Ok(format!("packed {item}"))
    }

    #[orchestrator(version = "1", superseded)]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        let packed = ctx.call(pack, item).await?;
        let address = ctx.event::<String>("address").await;
        Ok(format!("1: {packed} for {address}"))
    }

    #[orchestrator(version = "2")]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        let packed = ctx.call(pack, item).await?;
        let address = ctx.event::<String>("address").await;
        ctx.timer(days(1)).await;
        Ok(format!("2: {packed} for {address}"))
    }
}

/// Release 3: version 1 is gone, version 3 makes other steps.
pub(crate) mod three {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        Ok(format!("packed {item}"))
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        let packed = ctx.call(pack, item).await?;
        let address = ctx.event::<String>("address").await;
        ctx.timer(days(1)).await;
        Ok(format!("2: {packed} for {address}"))
    }

    #[orchestrator(version = "3")]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        ctx.timer(days(2)).await;
        let packed = ctx.call(pack, item).await?;
        Ok(format!("3: {packed}"))
    }
}

/// Orchestrators whose versions have payloads of other types.
pub(crate) mod shapes {
    use durable::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
    pub(crate) struct Alike {
        pub(crate) id: String,
    }

    /// Another Rust type, recorded alike.
    pub(crate) mod renamed {
        use super::{Deserialize, DurableSchema, Serialize};

        #[derive(Debug, Clone, Serialize, Deserialize, DurableSchema)]
        pub(crate) struct Alike {
            pub(crate) id: String,
        }
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn alike(_ctx: OrchestrationContext, input: Alike) -> Result<Alike, Failure> {
        Ok(Alike {
            id: format!("1: {}", input.id),
        })
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn alike(
        _ctx: OrchestrationContext,
        input: renamed::Alike,
    ) -> Result<renamed::Alike, Failure> {
        Ok(renamed::Alike {
            id: format!("2: {}", input.id),
        })
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct GrownV1 {
        pub(crate) id: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct GrownV2 {
        pub(crate) id: String,
        pub(crate) cents: u32,
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct GrownV3 {
        pub(crate) id: String,
        pub(crate) cents: u32,
        pub(crate) currency: String,
    }

    #[durable::migrate]
    fn with_price(old: GrownV1) -> GrownV2 {
        GrownV2 {
            id: old.id,
            cents: 100,
        }
    }

    #[durable::migrate]
    fn with_currency(old: GrownV2) -> GrownV3 {
        GrownV3 {
            id: old.id,
            cents: old.cents,
            currency: "EUR".to_owned(),
        }
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn grown(_ctx: OrchestrationContext, input: GrownV1) -> Result<String, Failure> {
        Ok(input.id)
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn grown(_ctx: OrchestrationContext, input: GrownV2) -> Result<String, Failure> {
        Ok(format!("{} {}", input.id, input.cents))
    }

    #[orchestrator(version = "3", superseded)]
    pub(crate) async fn grown(_ctx: OrchestrationContext, input: GrownV3) -> Result<String, Failure> {
        Ok(format!("{} {} {}", input.id, input.cents, input.currency))
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn other_input(_ctx: OrchestrationContext, input: u32) -> Result<u32, Failure> {
        Ok(input)
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn other_input(_ctx: OrchestrationContext, input: String) -> Result<u32, Failure> {
        Ok(u32::try_from(input.len())?)
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn other_output(_ctx: OrchestrationContext, input: u32) -> Result<u32, Failure> {
        Ok(input)
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn other_output(_ctx: OrchestrationContext, input: u32) -> Result<String, Failure> {
        Ok(input.to_string())
    }

    #[derive(Debug, thiserror::Error, Serialize, Deserialize)]
    #[error("no")]
    pub(crate) struct No;

    #[orchestrator(version = "1")]
    pub(crate) async fn other_error(_ctx: OrchestrationContext, input: u32) -> Result<u32, Failure> {
        Ok(input)
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn other_error(_ctx: OrchestrationContext, _input: u32) -> Result<u32, No> {
        Err(No)
    }
}
