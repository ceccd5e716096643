//! Prometheus metrics.

use serde_json::json;

use crate::game::Game;

#[tokio::test]
async fn operations_are_counted_by_outcome() {
    let game = Game::start().await;
    game.guest().await;
    game.get_id(json!({ "nobody.example": "x" })).await;
    let own = game.server.authority();
    let request =
        http::Request::builder().uri(format!("http://{own}/_daypass/metrics")).header("host", "console.localhost");
    // Metrics stand on the operators' host alone, which this server does not have.
    let hidden = game.server.send_raw(request.body(Default::default()).unwrap()).await;
    assert_eq!(hidden.status, 421);

    let open = server::testing::TestServer::start_with(crate::admin::services, |settings| {
        settings.console_host = Some("console.localhost".into());
    })
    .await;
    let request = http::Request::builder()
        .uri(format!("http://{}/_daypass/metrics", open.authority()))
        .header("host", "console.localhost");
    let page = open.send_raw(request.body(Default::default()).unwrap()).await;
    let line = |operation: &str, outcome: &str| {
        let wanted =
            format!("daypass_requests{{service=\"cognito-identity\",operation=\"{operation}\",outcome=\"{outcome}\"}}");
        page.text().lines().find(|line| line.starts_with(&wanted)).map(str::to_owned)
    };
    assert!(line("GetId", "ok").is_some(), "{}", page.text());
    assert!(line("GetId", "refused").is_some());
    assert!(page.text().contains("daypass_request_seconds_bucket"));
}
