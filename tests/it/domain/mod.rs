mod custom_fields;
